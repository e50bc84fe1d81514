-- How many rows of a run are there. Parameter: run_id (text).
select count(*) as created from public.module_access m where m.metadata ->> 'run_id' = %(run_id)s::text
