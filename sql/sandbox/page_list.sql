-- The accesses of one profile, all columns that the page asks for. The session is set to UTC, the zone of the
-- naive timestamps, so both kinds of column compare rightly.
select a.module_id
from (
  select id, user_id, module_id, access_type, expires_at, is_active, created_at, metadata
  from public.module_access
  where user_id = %(user_id)s and is_active = true
) as a
where a.expires_at is null or a.expires_at > now()
order by a.module_id
