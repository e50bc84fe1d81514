-- Behind shop/user_applications: rows whose access module_access does not have.
not exists (select from public.module_access b
             where b.user_id::text = a.user_id::text and b.module_id::text = a.module_id::text)
