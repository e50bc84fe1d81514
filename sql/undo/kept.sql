-- How many rows of one kind a run made; a repair makes both. Parameters: run_id (text), access_type (text).
select count(*) as created
  from public.module_access m
 where m.metadata ->> 'run_id' = %(run_id)s::text and m.access_type = %(access_type)s::text
