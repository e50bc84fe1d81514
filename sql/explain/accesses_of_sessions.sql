-- The accesses, of whomever, that carry one of these Checkout Sessions. Parameter: sessions, a list of ids.
select to_jsonb(a) as access, to_jsonb(now() at time zone 'utc') as asked
  from public.module_access a
 where to_jsonb(a.metadata) ->> 'session_id' = any(%(sessions)s::text[])
 limit 500
