-- Which tables of accesses there are, of any version of the app, that of the very first among them, and what tells their
-- versions apart: one row each.
-- "hidden": row level security decides which rows this user of the database sees, who may read the table.
select w.name, c.relkind::text as kind, coalesce(row_security_active(c.oid) and has_table_privilege(c.oid, 'select'), false) as hidden,
       coalesce((select array_agg(a.attname::text) from pg_catalog.pg_attribute a
                  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '{}'::text[]) as columns
  from unnest(array[/* profile other_tables */, 'user_subscriptions']) as w (name)
  left join pg_catalog.pg_class c on c.oid = to_regclass(format('public.%I', w.name))
