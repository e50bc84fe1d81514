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
create index if not exists idx_module_access_user_id on public.module_access (user_id);
create index if not exists idx_module_access_module_id on public.module_access (module_id);
create index if not exists idx_module_access_is_active on public.module_access (is_active);
create index if not exists idx_module_access_expires_at on public.module_access (expires_at);
