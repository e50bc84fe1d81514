-- title: No index of this tool is left half-built
-- why: A build beside the running shop that was interrupted leaves an index that no query uses and every write pays for.
-- check: schema.indexes
-- detect
-- One that is being built at this moment is nobody's leftover: whoever builds it holds this lock on the table. An index
-- of another name is another's (107).
select i.indexrelid::regclass::text as item, 'left invalid' as detail
  from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
 where i.indrelid = to_regclass('public.module_access') and not i.indisvalid
   and regexp_replace(c.relname, '_[2-9]$', '')
       in (select 'idx_module_access_' || a.attname from pg_catalog.pg_attribute a where a.attrelid = i.indrelid
            union all select 'idx_module_access_unique_user_module')
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
        from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
       where i.indrelid = 'public.module_access'::regclass and not i.indisvalid
         and regexp_replace(c.relname, '_[2-9]$', '')
             in (select 'idx_module_access_' || a.attname from pg_catalog.pg_attribute a where a.attrelid = i.indrelid
                  union all select 'idx_module_access_unique_user_module')
         and not exists (select from pg_catalog.pg_locks l
                    where l.relation = i.indrelid and l.mode = 'ShareUpdateExclusiveLock' and l.granted
                      and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
                      and l.pid <> pg_backend_pid())
         and not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid) loop
    execute format('drop index %s', leftover);
  end loop;
end $$;
