-- title: No index of module_access is left half-built
-- why: A build beside the running shop that was interrupted leaves an index that no query uses and every write pays for.
-- check: schema.indexes
-- detect
-- One that is being built at this moment is nobody's leftover.
select i.indexrelid::regclass::text as item, 'left invalid' as detail
  from pg_catalog.pg_index i
 where i.indrelid = to_regclass('public.module_access') and not i.indisvalid
   and not exists (select from pg_catalog.pg_stat_progress_create_index b where b.index_relid = i.indexrelid)
   and not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid);
-- repair
do $$
declare
  leftover regclass;
begin
  for leftover in
      select i.indexrelid::regclass
        from pg_catalog.pg_index i
       where i.indrelid = 'public.module_access'::regclass and not i.indisvalid
         and not exists (select from pg_catalog.pg_stat_progress_create_index b where b.index_relid = i.indexrelid)
         and not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid) loop
    execute format('drop index %s', leftover);
  end loop;
end $$;
