-- The address of one profile without capitals and outer blanks. Parameter: id, of the profile.
update public.profiles set email = lower(btrim(email)) where id::text = %(id)s
