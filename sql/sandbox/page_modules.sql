-- The modules behind the listed accesses; ids as text, whatever their type is.
select id::text as id from public.modules where id::text = any(%(ids)s)
