-- Accesses that are owned by an e-mail address, given to the id of its profile, unless that has the module already.
update public.module_access a set user_id = p.id::text from public.profiles p
 where lower(btrim(p.email)) = lower(btrim(a.user_id::text))
   and not exists (select from public.module_access b
                    where b.is_active and b.user_id = p.id::text and b.module_id = a.module_id)
