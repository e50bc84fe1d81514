-- title: No index of module_access is left half-built
-- why: A build beside the running shop that was interrupted leaves an index that no query uses and every write pays for.
-- check: schema.indexes
-- detect
-- One that is being built at this moment is nobody's leftover: whoever builds it holds this lock on the table.
select i.indexrelid::regclass::text as item, 'left invalid' as detail
  from pg_catalog.pg_index i
 where i.indrelid = to_regclass('public.module_access') and not i.indisvalid
   and not exists (select from pg_catalog.pg_locks l
                    where l.relation = i.indrelid and l.mode = 'ShareUpdateExclusiveLock' and l.granted
                      and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
                      and l.pid <> pg_backend_pid())
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
         and not exists (select from pg_catalog.pg_locks l
                    where l.relation = i.indrelid and l.mode = 'ShareUpdateExclusiveLock' and l.granted
                      and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
                      and l.pid <> pg_backend_pid())
         and not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid) loop
    execute format('drop index %s', leftover);
  end loop;
end $$;
