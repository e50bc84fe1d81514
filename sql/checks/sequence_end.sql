-- The sequence of module_access.id where it cannot give another number, or one that the column does not hold.
select c.oid::regclass::text as name, s.last_value, s.max_value, format_type(a.atttypid, null) as type
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.relkind = 'S'
   and (exists (select from pg_catalog.pg_depend d
                 where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'i'
                   and d.refclassid = 'pg_class'::regclass and d.refobjid = a.attrelid and d.refobjsubid = a.attnum)
        or exists (select from pg_catalog.pg_attrdef e
                     join pg_catalog.pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = e.oid
                      and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
                    where e.adrelid = a.attrelid and e.adnum = a.attnum))
  join pg_catalog.pg_sequences s on s.schemaname = c.relnamespace::regnamespace::name and s.sequencename = c.relname
 where a.attrelid = to_regclass('/* profile table */') and a.attname = 'id' and not a.attisdropped
   and (not s.cycle and s.increment_by > 0 and s.last_value + s.increment_by > s.max_value
        or s.last_value + s.increment_by > case a.atttypid when 'int2'::regtype then 32767
                                                           when 'int4'::regtype then 2147483647 end)
