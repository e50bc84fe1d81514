-- title: The plain indexes of module_access are there
-- why: The page filters by customer; without them it slows down as the table grows.
-- check: schema.indexes
-- detect
select format('idx_module_access_%s', w.name) as item, format('no index that starts with %s', w.name) as detail
  from unnest(array['user_id', 'module_id', 'is_active', 'expires_at']) with ordinality as w (name, place)
 where not exists (
     select from pg_catalog.pg_index i
       join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
      where i.indrelid = to_regclass('public.module_access') and i.indisvalid
        and i.indpred is null and a.attname = w.name)
 order by w.place;
-- repair
-- Where something else holds the usual name (a table that was set aside keeps its indexes), the server chooses one.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['user_id', 'module_id', 'is_active', 'expires_at'] loop
    if not exists (
        select from pg_catalog.pg_index i
          join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
         where i.indrelid = 'public.module_access'::regclass and i.indisvalid
           and i.indpred is null and a.attname = wanted) then
      execute format('create index %s on public.module_access (%I)',
                     case when to_regclass('public.idx_module_access_' || wanted) is null
                          then 'idx_module_access_' || wanted end,
                     wanted);
    end if;
  end loop;
end $$;
