-- How many accesses this transaction took away beside what the run says it does, in iahome_fix.gone: a trigger that
-- takes one access for another would make of a repair a loss. What others do meanwhile is not counted.
-- Parameter: run_id (text).
select set_config('iahome_fix.gone', (
    pg_catalog.pg_stat_get_xact_tuples_deleted('public.module_access'::regclass)
    + case when pg_catalog.pg_stat_get_xact_tuples_updated('public.module_access'::regclass) = 0 then 0
           else (select count(*)
                   from public.module_access a
                  where a.is_active is not true
                    and a.xmin::text = (pg_current_xact_id()::text::numeric %% 4294967296)::text
                    and a.metadata ->> 'run_id' is distinct from %(run_id)s::text
                    and a.metadata ->> 'deactivated_run_id' is distinct from %(run_id)s::text) end)::text, true)
