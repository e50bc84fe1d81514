-- A profile for every login that has none, and whose address no other profile has.
insert into public.profiles (id, email) select u.id, lower(u.email) from auth.users u
 where u.deleted_at is null and u.email is not null
   and not exists (select from public.profiles p where p.id = u.id or lower(p.email) = lower(u.email))
