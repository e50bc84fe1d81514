-- Sequence s belongs to a column of module_access, or a default of one takes the numbers from it.
exists (select from pg_catalog.pg_depend d
          left join pg_catalog.pg_attrdef e on d.classid = 'pg_attrdef'::regclass and e.oid = d.objid
         where d.classid = 'pg_class'::regclass and d.objid = s.oid and d.deptype in ('a', 'i')
           and d.refclassid = 'pg_class'::regclass and d.refobjid = to_regclass('public.module_access')
            or d.refclassid = 'pg_class'::regclass and d.refobjid = s.oid
           and e.adrelid = to_regclass('public.module_access'))
