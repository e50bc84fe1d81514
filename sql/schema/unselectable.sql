-- What the page asks for and authenticated may not select. A right that everybody has counts as none: 160 takes it.
select w.name, w.place
  from unnest(array['id', 'user_id', 'module_id', 'access_type', 'expires_at', 'is_active', 'created_at', 'metadata'])
       with ordinality as w (name, place)
 where not exists (
       select from pg_catalog.pg_class c
         join pg_catalog.pg_roles r on r.rolname = 'authenticated'
        cross join lateral (
              select (aclexplode(coalesce(c.relacl, acldefault('r', c.relowner)))).*
               union all
              select (aclexplode(a.attacl)).* from pg_catalog.pg_attribute a
               where a.attrelid = c.oid and a.attname = w.name and a.attacl is not null) x
        where c.oid = to_regclass('public.module_access') and x.privilege_type = 'SELECT' and x.grantee <> 0
          and pg_catalog.pg_has_role(r.oid, x.grantee, 'usage'))
