-- The row of a purchase, as the handler writes it and reads it back.
insert into public.module_access (user_id, module_id, access_type, expires_at, is_active, metadata)
values ('', null, 'purchase', null, true, '{}')
returning id
