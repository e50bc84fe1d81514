-- Sequence s belongs to column a, or its default takes the numbers from it.
(exists (select from pg_catalog.pg_depend d
          where d.classid = 'pg_class'::regclass and d.objid = s.oid and d.deptype in ('a', 'i')
            and d.refclassid = 'pg_class'::regclass and d.refobjid = a.attrelid and d.refobjsubid = a.attnum)
 or exists (select from pg_catalog.pg_attrdef e
              join pg_catalog.pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = e.oid
               and d.refclassid = 'pg_class'::regclass and d.refobjid = s.oid
             where e.adrelid = a.attrelid and e.adnum = a.attnum))
