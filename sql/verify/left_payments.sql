-- Bookkeeping rows that earlier runs left behind. No parameter.
select to_jsonb(p) ->> 'id' as id, coalesce(to_jsonb(p) ->> 'session_id', to_jsonb(p) ->> 'stripe_session_id') as session_id
  from public.payments p
 where coalesce(to_jsonb(p) ->> 'session_id', to_jsonb(p) ->> 'stripe_session_id') ~ '^cs_(live|test)_iahomefix_verify_'
