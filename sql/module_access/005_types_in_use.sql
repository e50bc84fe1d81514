-- title: Nothing of others names a column whose type has to change
-- why: PostgreSQL changes no type under a view, a trigger, a function or a policy; a foreign key or a condition would be made anew.
-- only: --change-types
-- detect
-- What this tool made (its policy, the foreign key of the guide) goes and comes back with the type.
select distinct 'in-use' as item,
       format('%s.%s (%s%s)', c.relname, a.attname, pg_catalog.pg_describe_object(d.classid, d.objid, 0),
              case when p.oid is not null
                   then format(': drop policy %I on %s', p.polname, t.name)
                   when k.oid is not null
                   then format(': alter table %s drop constraint %I', t.name, k.conname)
                   else '' end) as detail
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind = 'r'
  join pg_catalog.pg_depend d
    on d.refclassid = 'pg_class'::regclass and d.refobjid = a.attrelid and d.refobjsubid = a.attnum
  left join pg_catalog.pg_policy p on d.classid = 'pg_policy'::regclass and p.oid = d.objid
  left join pg_catalog.pg_constraint k on d.classid = 'pg_constraint'::regclass and k.oid = d.objid
  left join lateral (select format('%I.%I', r.relnamespace::regnamespace::name, r.relname) as name
                       from pg_catalog.pg_class r where r.oid = coalesce(p.polrelid, k.conrelid)) t on true
  left join pg_catalog.pg_index i on d.classid = 'pg_class'::regclass and i.indexrelid = d.objid
 where not a.attisdropped
   and (d.classid in ('pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_proc'::regclass)
        or p.oid is not null and not (p.polrelid = c.oid and p.polname = 'module_access_owner_reads')
        or k.contype = 'f' and not (k.conrelid = to_regclass('public.module_access')
                                    and k.conname = 'module_access_module_id_fkey'
                                    and k.confrelid = to_regclass('public.modules') and k.confdeltype = 'c')
        or k.contype in ('c', 'x')
        or i.indexprs is not null
        or pg_catalog.pg_get_expr(i.indpred, i.indrelid) not in ('is_active', '(is_active = true)'))
   and (c.oid = to_regclass('public.module_access') and a.attname in ('user_id', 'token_id')
        and not (a.atttypid = 'text'::regtype
                 or a.atttypid = 'varchar'::regtype and (a.atttypmod = -1 or a.atttypmod >= 255 + 4))
        or c.oid = to_regclass('public.module_access') and a.attname = 'module_id'
           and exists (
               select from pg_catalog.pg_attribute m
                where m.attrelid = to_regclass('public.modules') and m.attname = 'id' and m.atttypid <> a.atttypid
                  and not (a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
                           and m.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype))
                  and not (a.atttypid in ('text'::regtype, 'varchar'::regtype)
                           and m.atttypid in ('text'::regtype, 'varchar'::regtype)))
        or c.oid = to_regclass('public.access_tokens') and a.attname = 'id'
           and a.atttypid not in ('text'::regtype, 'varchar'::regtype));
