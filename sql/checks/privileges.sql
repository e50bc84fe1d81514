-- Which role may do what on the tables of the flow, and whether it may use their schema; null where the table is
-- not there.
select r.name as role, t.name as "table", p.name as privilege,
       has_table_privilege(r.name, to_regclass(case when t.name = /* profile table_name */ then '/* profile table */' else format('public.%I', t.name) end)::oid, p.name) as granted
  from (values ('service_role'), ('authenticated'), ('anon')) as r (name)
 cross join unnest(array[/* profile table_name */, 'modules', 'profiles', 'access_tokens']) as t (name)
 cross join unnest(array['select', 'insert', 'update', 'delete']) as p (name)
union all
select r.name, 'schema public', 'usage', has_schema_privilege(r.name, 'public', 'usage')
  from (values ('service_role'), ('authenticated'), ('anon')) as r (name)
