-- title: The sequence of module_access is ahead of its ids
-- why: After an import or a restore the next ids are already taken: the next buyers get nothing, one failure each.
-- check: schema.sequence
-- needs: table
-- detect
select s.sequencename::text as item, format('at %s, highest id %s', coalesce(s.last_value, 0), top.highest) as detail
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.relkind = 'S'
   and (exists (select from pg_catalog.pg_depend d
                 where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i')
                   and d.refclassid = 'pg_class'::regclass and d.refobjid = a.attrelid and d.refobjsubid = a.attnum)
        or exists (select from pg_catalog.pg_attrdef e
                     join pg_catalog.pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = e.oid
                      and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
                    where e.adrelid = a.attrelid and e.adnum = a.attnum))
  join pg_catalog.pg_sequences s on s.schemaname = c.relnamespace::regnamespace::name and s.sequencename = c.relname
 cross join (values (null::bigint)) as fallback (id)
 cross join lateral (select id::text as highest from public.module_access m
                      where id is not null order by id desc limit 1) top
 where a.attrelid = to_regclass('public.module_access') and a.attname = 'id' and not a.attisdropped
   and (a.atthasdef or a.attidentity <> '')
   and case when top.highest ~ '^[0-9]+$' then coalesce(s.last_value, 0) < top.highest::numeric end;
-- repair
do $$
declare
  own record;
begin
  for own in
      select c.oid, s.last_value
        from pg_catalog.pg_attribute a
        join pg_catalog.pg_class c on c.relkind = 'S'
         and (exists (select from pg_catalog.pg_depend d
                       where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i')
                         and d.refclassid = 'pg_class'::regclass and d.refobjid = a.attrelid
                         and d.refobjsubid = a.attnum)
              or exists (select from pg_catalog.pg_attrdef e
                           join pg_catalog.pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = e.oid
                            and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
                          where e.adrelid = a.attrelid and e.adnum = a.attnum))
        join pg_catalog.pg_sequences s
          on s.schemaname = c.relnamespace::regnamespace::name and s.sequencename = c.relname
       where a.attrelid = 'public.module_access'::regclass and a.attname = 'id' and not a.attisdropped
         and (a.atthasdef or a.attidentity <> '') loop
    if exists (select from public.module_access) then
      perform setval(own.oid, greatest((select max(m.id) from public.module_access m),
                                       coalesce(own.last_value, 0))::bigint);
    end if;
  end loop;
end $$;
