-- The access, read back as the app does: the writing role needs SELECT as well.
insert into public.module_access (user_id, module_id, access_type, expires_at, is_active, metadata)
values (%(user_id)s, %(module_id)s, 'purchase', %(expires_at)s, true, %(metadata)s)
returning id::text as id
