-- title: The database keeps it at one active access
-- why: Two deliveries of one payment at the same moment would otherwise give two rows.
-- check: schema.one-active-access
-- detect
select 'idx_module_access_unique_user_module' as item, 'no valid unique index on active (user_id, module_id)' as detail
 where not exists (
     select from pg_catalog.pg_index i
      where i.indrelid = to_regclass('public.module_access') and i.indisvalid
        and /* include schema/keeps_one_active */);
-- repair
-- Whatever holds the usual name already stays; the new one then has a number behind it.
do $$
begin
  if not exists (
      select from pg_catalog.pg_index i
       where i.indrelid = 'public.module_access'::regclass and i.indisvalid
         and /* include schema/keeps_one_active */) then
    execute format('create unique index %s on public.module_access (user_id, module_id) where is_active = true',
                   (select free.name
                      from unnest(array['', '_2', '_3', '_4', '_5', '_6', '_7', '_8', '_9']) as number (text)
                     cross join lateral (select 'idx_module_access_unique_user_module' || number.text as name) free
                     where to_regclass(format('public.%I', free.name)) is null limit 1));
  end if;
end $$;
