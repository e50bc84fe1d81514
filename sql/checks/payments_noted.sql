-- Of these sessions, those that the app's bookkeeping has: its handler was there. The table has had two shapes.
-- Parameter: sessions, a list of ids.
select distinct coalesce(to_jsonb(p) ->> 'session_id', to_jsonb(p) ->> 'stripe_session_id') as session_id
  from public.payments p
 where coalesce(to_jsonb(p) ->> 'session_id', to_jsonb(p) ->> 'stripe_session_id') = any(%(sessions)s)
