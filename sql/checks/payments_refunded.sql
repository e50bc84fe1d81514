-- Of these sessions, those that still hold an active access. Parameter: sessions, a list of ids.
select distinct to_jsonb(a.metadata) ->> 'session_id' as session_id
  from public.module_access a
 where a.is_active
   and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))
   and to_jsonb(a.metadata) ->> 'session_id' = any(%(sessions)s)
