-- title: No other column says which accesses were withdrawn
-- why: A new is_active calls every row active whose end has not come: what another column says was withdrawn would be shown again.
-- check: schema.columns
-- needs: table
-- detect
select 'state-elsewhere' as item, string_agg(a.attname::text, ', ' order by a.attnum) as detail
  from pg_catalog.pg_attribute a
 where a.attrelid = to_regclass('public.module_access') and a.attnum > 0 and not a.attisdropped
   and not exists (select from pg_catalog.pg_attribute k
                    where k.attrelid = a.attrelid and k.attname = 'is_active' and not k.attisdropped)
   and /* include schema/state_elsewhere */
having count(*) > 0;
