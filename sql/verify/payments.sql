-- The bookkeeping rows of some synthetic sessions; versions of the app name the column differently.
-- Parameter: sessions (text[]).
select to_jsonb(p) ->> 'id' as id, coalesce(to_jsonb(p) ->> 'session_id', to_jsonb(p) ->> 'stripe_session_id') as session_id
  from public.payments p
 where coalesce(to_jsonb(p) ->> 'session_id', to_jsonb(p) ->> 'stripe_session_id') = any(%(sessions)s::text[])
