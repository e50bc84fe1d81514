-- title: No index of module_access is there twice
-- why: Each one is written with every sale; a second one of the same kind is read by nothing.
-- check: schema.indexes
-- detect
-- Of two alike the one that belongs to a constraint stays, then the one with the usual name. A unique index on id
-- doubles the primary key that 030 is about to make.
select own.name as item, 'the same as another index' as detail
  from (
    select i.indexrelid::regclass::text as name,
           exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid) as bound,
           row_number() over (partition by replace(pg_catalog.pg_get_indexdef(i.indexrelid), format('%I', c.relname), '')
                              order by (select count(*) from pg_catalog.pg_constraint k where k.conindid = i.indexrelid) desc,
                                       c.relname like 'idx\_module\_access\_%' desc, c.relname) as place,
           i.indisunique and i.indpred is null and i.indexprs is null and i.indnatts = 1
           and (select a.attname from pg_catalog.pg_attribute a
                 where a.attrelid = i.indrelid and a.attnum = i.indkey[0]) = 'id'
           and not exists (select from pg_catalog.pg_constraint k
                            where k.conrelid = i.indrelid and k.contype = 'p') as will_be_the_key
      from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
     where i.indrelid = to_regclass('public.module_access') and i.indisvalid) own
 where not own.bound and (own.place > 1 or own.will_be_the_key);
-- repair
do $$
declare
  double text;
begin
  for double in
      select own.name
        from (
          select i.indexrelid::regclass::text as name,
                 exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid) as bound,
                 row_number() over (partition by replace(pg_catalog.pg_get_indexdef(i.indexrelid), format('%I', c.relname), '')
                                    order by (select count(*) from pg_catalog.pg_constraint k where k.conindid = i.indexrelid) desc,
                                             c.relname like 'idx\_module\_access\_%' desc, c.relname) as place
            from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
           where i.indrelid = 'public.module_access'::regclass and i.indisvalid) own
       where not own.bound and own.place > 1 loop
    execute format('drop index %s', double);
  end loop;
end $$;
