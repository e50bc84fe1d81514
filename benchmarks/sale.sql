-- What a customer waits for.
insert into public.module_access (user_id, module_id) values (gen_random_uuid()::text, 13)
