-- The addresses of customers. Parameter: owners (text[]), the ids of their profiles.
select p.id::text as owner, p.email::text as email from public.profiles p where p.id::text = any (%(owners)s::text[])
