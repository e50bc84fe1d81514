-- title: An access is active unless its writer says otherwise
-- why: The token route leaves is_active out; with another default what it writes is no access.
-- check: schema.columns
-- only: a person
-- detect
select 'is_active' as item,
       format('its default is %s, not true', pg_catalog.pg_get_expr(d.adbin, d.adrelid)) as detail,
       'alter table public.module_access alter column is_active set default true' as statement
  from pg_catalog.pg_attrdef d
  join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum and a.attname = 'is_active'
 where d.adrelid = to_regclass('public.module_access')
   and pg_catalog.pg_get_expr(d.adbin, d.adrelid) <> 'true' and a.attgenerated = '';
