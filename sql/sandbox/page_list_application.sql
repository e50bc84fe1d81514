-- The accesses of one customer in the versions that list user_applications.
select a.module_id
from (
  select id, user_id, module_id, module_title, access_level, expires_at, is_active, created_at
  from public.user_applications
  where user_id = %(user_id)s and is_active = true
) as a
where a.expires_at is null or a.expires_at > now()
order by a.module_id
