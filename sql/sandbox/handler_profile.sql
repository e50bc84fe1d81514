-- The customer, by the e-mail address exactly as the session carries it.
select id::text as id from public.profiles where email = %(email)s
