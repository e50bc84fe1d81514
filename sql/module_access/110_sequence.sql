-- title: The sequence of module_access is ahead of its ids
-- why: After an import or a restore the next ids are already taken: the next buyers get nothing, one failure each.
-- check: schema.sequence
-- needs: table
-- detect
select s.sequencename::text as item, format('at %s, highest id %s', coalesce(s.last_value, 0), top.id) as detail
  from (select pg_get_serial_sequence('public.module_access', 'id') as name
         where exists (select from pg_catalog.pg_attribute a
                        where a.attrelid = to_regclass('public.module_access')
                          and a.attname = 'id' and not a.attisdropped)) own
  join pg_catalog.pg_sequences s on to_regclass(format('%I.%I', s.schemaname, s.sequencename)) = to_regclass(own.name)
 cross join (values (null::bigint)) as fallback (id)
 cross join lateral (select id::text as id from public.module_access m order by id desc nulls last limit 1) top
 where top.id ~ '^[0-9]+$' and coalesce(s.last_value, 0) < top.id::numeric;
-- repair
do $$
declare
  own regclass := to_regclass(pg_get_serial_sequence('public.module_access', 'id'));
begin
  if own is not null and exists (select from public.module_access) then
    perform setval(own, greatest((select max(m.id) from public.module_access m),
                                 (select coalesce(s.last_value, 0) from pg_catalog.pg_sequences s
                                   where to_regclass(format('%I.%I', s.schemaname, s.sequencename)) = own)));
  end if;
end $$;
