-- The same question to the table that later versions of the app write.
select id::text as id from public.user_applications
where user_id = %(user_id)s and module_id = %(module_id)s and is_active = true
