-- What the versions of 2026 write in place of an access: for 30 days, and without the session's id.
insert into public.user_applications
  (user_id, module_id, module_title, access_level, is_active, usage_count, max_usage, expires_at)
select %(user_id)s, m.id, m.title, 'paid', true, 0, 50, now() + interval '30 days'
from public.modules as m where m.id = %(module_id)s
returning id::text as id
