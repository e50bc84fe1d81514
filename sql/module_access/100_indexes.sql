-- title: The plain indexes of module_access are there
-- why: The page filters by customer, a module that goes takes its accesses along; without an index both read all rows.
-- check: schema.indexes
-- detect
select format('idx_module_access_%s', w.name) as item, format('no index that starts with %s', w.name) as detail
  from (select u.name, u.place::integer as place
          from unnest(array['user_id', 'module_id', 'is_active', 'expires_at']) with ordinality as u (name, place)
         union
        select a.attname::text, 4 + a.attnum
          from pg_catalog.pg_constraint k
          join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
         where k.conrelid = to_regclass('public.module_access') and k.contype = 'f' and cardinality(k.conkey) = 1
           and a.attname not in ('user_id', 'module_id', 'is_active', 'expires_at')) w
 where not exists (
     select from pg_catalog.pg_index i
       join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
      where i.indrelid = to_regclass('public.module_access') and i.indisvalid
        and i.indpred is null and a.attname = w.name)
 order by w.place;
-- repair
-- Where something else holds the usual name (a table that was set aside keeps its indexes), a number comes behind it.
do $$
declare
  wanted text;
begin
  for wanted in
      select u.name from unnest(array['user_id', 'module_id', 'is_active', 'expires_at']) as u (name)
       union
      select a.attname::text
        from pg_catalog.pg_constraint k
        join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
       where k.conrelid = 'public.module_access'::regclass and k.contype = 'f' and cardinality(k.conkey) = 1 loop
    if not exists (
        select from pg_catalog.pg_index i
          join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
         where i.indrelid = 'public.module_access'::regclass and i.indisvalid
           and i.indpred is null and a.attname = wanted) then
      execute format('create index %s on public.module_access (%I)',
                     (select format('%I', free.name)
                        from unnest(array['', '_2', '_3', '_4', '_5', '_6', '_7', '_8', '_9']) as number (text)
                       cross join lateral (select left('idx_module_access_' || wanted, 61) || number.text as name) free
                       where to_regclass(format('public.%I', free.name)) is null limit 1),
                     wanted);
    end if;
  end loop;
end $$;
