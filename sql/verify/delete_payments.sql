-- Take the bookkeeping rows of synthetic sessions away again. Parameter: sessions (text[]).
delete from public.payments p
 where coalesce(to_jsonb(p) ->> 'session_id', to_jsonb(p) ->> 'stripe_session_id') = any(%(sessions)s::text[])
