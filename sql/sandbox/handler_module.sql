-- The module that was sold; the id comes as text out of the session's metadata.
select id::text as id from public.modules where id = %(module_id)s
