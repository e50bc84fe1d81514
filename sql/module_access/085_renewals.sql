-- title: A customer may get a module again after an access has ended
-- why: A unique index on all rows of a customer and module takes the ended access for one, and refuses the renewal.
-- check: schema.one-active-access
-- detect
select i.indexrelid::regclass::text as item, 'counts inactive rows too, so a renewal is refused' as detail
  from pg_catalog.pg_index i
 where i.indrelid = to_regclass('public.module_access') and i.indisunique and not i.indisprimary
   and i.indpred is null and i.indnkeyatts = 2 and i.indexprs is null
   and (select array_agg(a.attname::text order by a.attname)
          from pg_catalog.pg_attribute a
         where a.attrelid = i.indrelid and a.attnum = any (i.indkey)) = array['module_id', 'user_id'];
-- repair
do $$
declare
  total record;
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
end $$;
