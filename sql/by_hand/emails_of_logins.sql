-- Profiles get the address of their login, unless another profile has it.
update public.profiles p set email = u.email from auth.users u
 where u.id::text = p.id::text and u.deleted_at is null and u.email <> coalesce(p.email, '')
   and not exists (select from public.profiles q where q.id <> p.id and lower(q.email) = lower(u.email))
