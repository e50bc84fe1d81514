-- What the page reads first: the own profile by e-mail. Parameter: email.
select count(*) as found from public.profiles where email = %(email)s::text
