-- The page first asks whether the table answers at all.
select id::text as id from public.module_access limit 1
