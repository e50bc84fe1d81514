-- title: The sequence of module_access is ahead of its ids
-- why: After an import or a restore the next ids are already taken: the next buyers get nothing, one failure each.
-- check: schema.sequence
-- needs: table
-- detect
select q.sequencename::text as item, format('at %s, highest id %s', coalesce(q.last_value, 0), top.highest) as detail
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class s on s.relkind = 'S'
   and /* include schema/sequence_of_column */
  join pg_catalog.pg_sequences q on q.schemaname = s.relnamespace::regnamespace::name and q.sequencename = s.relname
 cross join (values (null::bigint)) as fallback (id)
 cross join lateral (select id::text as highest from public.module_access m
                      where id is not null order by id desc limit 1) top
 where a.attrelid = to_regclass('public.module_access') and a.attname = 'id' and not a.attisdropped
   and (a.atthasdef or a.attidentity <> '')
   and case when top.highest ~ '^[0-9]+$' then coalesce(q.last_value, 0) < top.highest::numeric end;
-- repair
do $$
declare
  own record;
begin
  for own in
      select s.oid, q.last_value
        from pg_catalog.pg_attribute a
        join pg_catalog.pg_class s on s.relkind = 'S'
         and /* include schema/sequence_of_column */
        join pg_catalog.pg_sequences q
          on q.schemaname = s.relnamespace::regnamespace::name and q.sequencename = s.relname
       where a.attrelid = 'public.module_access'::regclass and a.attname = 'id' and not a.attisdropped
         and (a.atthasdef or a.attidentity <> '') loop
    if exists (select from public.module_access) then
      perform setval(own.oid, greatest((select max(m.id) from public.module_access m),
                                       coalesce(own.last_value, 0))::bigint);
    end if;
  end loop;
end $$;
