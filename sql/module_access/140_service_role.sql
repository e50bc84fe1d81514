-- title: The server may read and write module_access
-- why: A new table gives no role a right; to bypass row level security is not a right to the table.
-- check: permissions.service-role
-- detect
-- A right that everybody has counts as none: 160 takes it.
select lower(w.privilege) as item, 'not a right of service_role' as detail
  from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) with ordinality as w (privilege, place)
 where not exists (
     select from pg_catalog.pg_class c
      cross join lateral aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) x
       join pg_catalog.pg_roles r on r.rolname = 'service_role'
      where c.oid = to_regclass('public.module_access') and x.privilege_type = w.privilege and x.grantee <> 0
        and pg_catalog.pg_has_role(r.oid, x.grantee, 'usage'))
union all
select 'usage on the sequence of id', 'not a right of service_role'
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_attrdef e on e.adrelid = a.attrelid and e.adnum = a.attnum
  join pg_catalog.pg_depend d
    on d.classid = 'pg_attrdef'::regclass and d.objid = e.oid and d.refclassid = 'pg_class'::regclass
  join pg_catalog.pg_class s on s.oid = d.refobjid and s.relkind = 'S'
 where a.attrelid = to_regclass('public.module_access') and a.attname = 'id'
   and case when s.relkind = 'S'
            -- Either is enough to take a number.
            then not (has_sequence_privilege('service_role', s.oid, 'usage')
                      or has_sequence_privilege('service_role', s.oid, 'update')) end;
-- repair
grant select, insert, update, delete on public.module_access to service_role;
do $$
declare
  own regclass;
begin
  for own in
      select s.oid::regclass
        from pg_catalog.pg_attrdef e
        join pg_catalog.pg_attribute a on a.attrelid = e.adrelid and a.attnum = e.adnum and a.attname = 'id'
        join pg_catalog.pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = e.oid
         and d.refclassid = 'pg_class'::regclass
        join pg_catalog.pg_class s on s.oid = d.refobjid and s.relkind = 'S'
       where e.adrelid = 'public.module_access'::regclass loop
    execute format('grant usage, select on sequence %s to service_role', own);
  end loop;
end $$;
