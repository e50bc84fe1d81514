-- title: What the token route leaves out is filled in as the app means it
-- why: The route leaves is_active out: with another default, what it writes is no access. A new default may not meet a condition of others.
-- check: schema.columns
-- only: a person
-- detect
select 'is_active' as item,
       format('its default is %s, not true', pg_catalog.pg_get_expr(d.adbin, d.adrelid)) as detail,
       'alter table public.module_access alter column is_active set default true' as statement
  from pg_catalog.pg_attrdef d
  join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum and a.attname = 'is_active'
 where d.adrelid = to_regclass('public.module_access')
   and pg_catalog.pg_get_expr(d.adbin, d.adrelid) <> 'true' and a.attgenerated = ''
union all
select a.attname::text,
       format('no default, and a condition of others (%s) may refuse the app''s',
              string_agg(k.conname, ', ' order by k.conname)),
       format('alter table public.module_access alter column %I set default %s', a.attname, w.expression)
  from (values ('access_type', '''purchase'''), ('is_active', 'true'), ('created_at', 'current_timestamp'),
               ('updated_at', 'current_timestamp'), ('metadata', '''{}''::jsonb')) as w (name, expression)
  join pg_catalog.pg_attribute a
    on a.attrelid = to_regclass('public.module_access') and a.attname = w.name and not a.attisdropped and not a.atthasdef
  join pg_catalog.pg_constraint k on k.conrelid = a.attrelid and k.contype = 'c' and a.attnum = any (k.conkey)
                      and (a.attname <> 'is_active' or cardinality(k.conkey) > 1)
 group by a.attname, w.expression;
