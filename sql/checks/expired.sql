-- Rows that are active but over.
select count(*) as found, min(a.expires_at::timestamp)::text as oldest
  from public.module_access a
 where a.is_active and a.expires_at::timestamp <= (now() at time zone 'utc')
