-- Another column than a takes its numbers from sequence s, too.
exists (
    select from pg_catalog.pg_attrdef e
      join pg_catalog.pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = e.oid
       and d.refclassid = 'pg_class'::regclass and d.refobjid = s.oid
     where not (e.adrelid = a.attrelid and e.adnum = a.attnum))
