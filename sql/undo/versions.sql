-- The numbers of the transactions that wrote a run's rows, to be asked right after them. Parameter: run_id.
select coalesce(jsonb_agg(distinct m.xmin::text), '[]'::jsonb)::text as versions
  from public.module_access m
 where m.metadata ->> 'run_id' = %(run_id)s or m.metadata ->> 'deactivated_run_id' = %(run_id)s
