-- title: A signed-in customer may select, and nothing more
-- why: The page reads with the login of the customer; a write right would let customers grant themselves modules.
-- check: permissions.owner-reads
-- detect
select 'authenticated' as item, 'select' as detail
 where not coalesce(has_table_privilege('authenticated', to_regclass('public.module_access')::oid, 'select'), false)
union all
select 'authenticated', 'what new tables give'
 where to_regclass('public.module_access') is null
union all
select distinct 'authenticated', lower(x.privilege_type) || ' (too much)'
  from pg_catalog.pg_class c
 cross join lateral (
       select (aclexplode(c.relacl)).*
        union all
       select (aclexplode(a.attacl)).* from pg_catalog.pg_attribute a
        where a.attrelid = c.oid and not a.attisdropped and a.attacl is not null) x
 where c.oid = to_regclass('public.module_access')
   and x.grantee = (select r.oid from pg_catalog.pg_roles r where r.rolname = 'authenticated')
   and (x.privilege_type <> 'SELECT' or x.is_grantable);
-- repair
revoke all on public.module_access from authenticated;
grant select on public.module_access to authenticated;
