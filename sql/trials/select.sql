-- The look for an access that covers what was bought, as the handler and the page do it.
select id, user_id, module_id, access_type, expires_at, is_active, created_at, metadata
  from public.module_access
 where user_id = '' and module_id is null and is_active = true
