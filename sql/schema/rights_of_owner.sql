-- The rights on module_access, name: on one column, that its owner gave and that were not passed on. What another gave,
-- or was passed on, goes with theirs only: a person decides (155).
select x.privilege_type, x.name, x.grantee, x.is_grantable
  from pg_catalog.pg_class c
 cross join lateral (
       select (aclexplode(c.relacl)).*, null::text as name
        union all
       select (aclexplode(a.attacl)).*, a.attname::text from pg_catalog.pg_attribute a
        where a.attrelid = c.oid and not a.attisdropped and a.attacl is not null) x
 where c.oid = to_regclass('public.module_access')
   and x.grantor = c.relowner
   and not exists (select from pg_catalog.pg_class o
                    cross join lateral (
                          select (aclexplode(o.relacl)).*
                           union all
                          select (aclexplode(b.attacl)).* from pg_catalog.pg_attribute b
                           where b.attrelid = o.oid and not b.attisdropped and b.attacl is not null) y
                    where o.oid = c.oid and y.grantor = x.grantee and y.privilege_type = x.privilege_type)
