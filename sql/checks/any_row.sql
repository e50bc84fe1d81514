-- How many rows a role sees at all.
select count(*) as found from (select from public.module_access limit 1000) m
