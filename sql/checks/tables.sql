-- The tables that the app names: what they are and which columns they have.
select w.name,
       c.relkind::text as kind,
       c.relrowsecurity as row_level_security,
       c.relpersistence = 'u' as unlogged,
       coalesce((select jsonb_object_agg(a.attname, format_type(a.atttypid, null))
                   from pg_catalog.pg_attribute a
                  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '{}'::jsonb) as columns
  from unnest(array['modules', 'profiles', 'access_tokens', 'users', 'cartes', 'payments', /* profile table_name */,
                    /* profile other_tables */]) as w (name)
  left join pg_catalog.pg_class c
    on c.oid = to_regclass(case when w.name = /* profile table_name */ then '/* profile table */'
                                else format('public.%I', w.name) end)
