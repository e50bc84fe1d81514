-- An active access, whatever its end: the handler takes it for one and stops.
select id::text as id from public.module_access
where user_id = %(user_id)s and module_id = %(module_id)s and is_active = true
