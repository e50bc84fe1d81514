-- title: The database keeps it at one active access
-- why: Two deliveries of one payment at the same moment would otherwise give two rows.
-- check: schema.one-active-access
-- detect
with two_columns as (
    select i.indexrelid, pg_catalog.pg_get_expr(i.indpred, i.indrelid) as predicate, i.indisvalid as valid
      from pg_catalog.pg_index i
     where i.indrelid = to_regclass('public.module_access') and i.indisunique and not i.indisprimary
       and i.indnkeyatts = 2 and i.indexprs is null
       and (select array_agg(a.attname::text order by a.attname)
              from pg_catalog.pg_attribute a
             where a.attrelid = i.indrelid and a.attnum = any (i.indkey)) = array['module_id', 'user_id'])
select 'idx_module_access_unique_user_module' as item, 'no valid unique index on active (user_id, module_id)' as detail
 where not exists (select from two_columns where valid and predicate in ('is_active', '(is_active = true)'))
union all
select indexrelid::regclass::text, 'counts inactive rows too, so a renewal is refused'
  from two_columns where predicate is null;
-- repair
-- An index of that name in another shape, or left invalid, is rebuilt; one that also counts inactive rows goes.
do $$
declare
  total record;
  wanted constant text := 'idx_module_access_unique_user_module';
begin
  for total in
      select i.indexrelid::regclass as index_name, k.conname
        from pg_catalog.pg_index i
        left join pg_catalog.pg_constraint k on k.conindid = i.indexrelid and k.contype = 'u'
       where i.indrelid = 'public.module_access'::regclass and i.indisunique and not i.indisprimary
         and i.indpred is null and i.indexprs is null and i.indnkeyatts = 2
         and (select array_agg(a.attname::text order by a.attname)
                from pg_catalog.pg_attribute a
               where a.attrelid = i.indrelid and a.attnum = any (i.indkey)) = array['module_id', 'user_id'] loop
    if total.conname is not null then
      execute format('alter table public.module_access drop constraint %I', total.conname);
    else
      execute format('drop index %s', total.index_name);
    end if;
  end loop;
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
