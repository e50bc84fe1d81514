-- title: The database keeps it at one active access
-- why: Two deliveries of one payment at the same moment would otherwise give two rows.
-- check: schema.one-active-access
-- detect
select 'idx_module_access_unique_user_module' as item, 'no valid unique index on active (user_id, module_id)' as detail
 where not exists (
     select from pg_catalog.pg_index i
      where i.indrelid = to_regclass('public.module_access') and i.indisunique and i.indisvalid
        and i.indexprs is null and i.indnkeyatts = 2
        and pg_catalog.pg_get_expr(i.indpred, i.indrelid) in ('is_active', '(is_active = true)')
        and (select array_agg(a.attname::text order by a.attname)
               from pg_catalog.pg_attribute a
              where a.attrelid = i.indrelid and a.attnum = any (i.indkey)) = array['module_id', 'user_id']);
-- repair
-- An index of that name in another shape, or left invalid, is rebuilt.
do $$
declare
  wanted constant text := 'idx_module_access_unique_user_module';
begin
  if not exists (
      select from pg_catalog.pg_index i
       where i.indrelid = 'public.module_access'::regclass and i.indisunique and i.indisvalid
         and i.indexprs is null and i.indnkeyatts = 2
         and pg_catalog.pg_get_expr(i.indpred, i.indrelid) in ('is_active', '(is_active = true)')
         and (select array_agg(a.attname::text order by a.attname)
                from pg_catalog.pg_attribute a
               where a.attrelid = i.indrelid and a.attnum = any (i.indkey)) = array['module_id', 'user_id']) then
    if exists (select from pg_catalog.pg_index i
                where i.indexrelid = to_regclass('public.' || wanted)
                  and i.indrelid = 'public.module_access'::regclass) then
      execute format('drop index public.%I', wanted);
    end if;
    -- A table that was set aside under another name may still hold the usual name: then the server chooses one.
    execute format('create unique index %s on public.module_access (user_id, module_id) where is_active = true',
                   case when to_regclass('public.' || wanted) is null then wanted end);
  end if;
end $$;
