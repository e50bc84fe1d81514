-- title: No index of module_access is there twice, or left half-built
-- why: Each one is written with every sale; a second one of the same kind, or half of one, is read by nothing.
-- check: schema.indexes
-- only: a person
-- detect
-- Of two alike the one that belongs to a constraint stays, then the one with the usual name (Supabase's linter, 0009).
select own.name as item, 'the same as another index' as detail,
       format('drop index concurrently %s', own.name) as statement
  from (
    select i.indexrelid::regclass::text as name,
           exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid) as bound,
           row_number() over (partition by replace(pg_catalog.pg_get_indexdef(i.indexrelid), format('%I', c.relname), '')
                              order by (select count(*) from pg_catalog.pg_constraint k where k.conindid = i.indexrelid) desc,
                                       c.relname like 'idx\_module\_access\_%' desc, c.relname) as place
      from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
     where i.indrelid = to_regclass('public.module_access') and i.indisvalid) own
 where not own.bound and own.place > 1
union all
select i.indexrelid::regclass::text, 'left invalid', format('drop index concurrently %s', i.indexrelid::regclass)
  from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
 where i.indrelid = to_regclass('public.module_access') and not i.indisvalid
   and regexp_replace(c.relname, '_[2-9]$', '')
       not in (select 'idx_module_access_' || a.attname from pg_catalog.pg_attribute a where a.attrelid = i.indrelid
                union all select 'idx_module_access_unique_user_module')
   and not exists (select from pg_catalog.pg_locks l
                    where l.relation = i.indrelid and l.mode = 'ShareUpdateExclusiveLock' and l.granted
                      and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
                      and l.pid <> pg_backend_pid())
   and not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid)
 order by 1;
