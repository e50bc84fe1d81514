-- The page shows an access only with its module. Parameter: module (text).
select m.id::text as id from public.modules m where m.id::text = %(module)s::text
