-- title: A signed-in customer may select, where policies of others decide what
-- why: The right lets the customer see whatever those policies show; nobody but their author knows whether that is meant.
-- check: permissions.owner-reads
-- only: a person
-- needs: table
-- detect
with heir as (
    select r.oid
      from pg_catalog.pg_roles g
      join pg_catalog.pg_roles r
        on r.oid = g.oid or not r.rolsuper and pg_catalog.pg_has_role(r.oid, g.oid, 'usage')
       and not exists (select from pg_catalog.pg_class c where c.oid = to_regclass('public.module_access')
                        and pg_catalog.pg_has_role(r.oid, c.relowner, 'usage'))
     where g.rolname = 'authenticated'
)
select 'authenticated' as item,
       'no right to select, and what it would show is decided by '
       || (select string_agg(p.polname, ', ' order by p.polname) from pg_catalog.pg_policy p
            where p.polrelid = to_regclass('public.module_access') and p.polcmd in ('r', '*') and p.polpermissive
              and exists (select from unnest(p.polroles) as o (oid) cross join heir
                           where o.oid = 0 or pg_catalog.pg_has_role(heir.oid, o.oid, 'usage'))) as detail,
       'grant select on public.module_access to authenticated' as statement
 where exists (select from unnest(array['id', 'user_id', 'module_id', 'access_type', 'expires_at', 'is_active', 'created_at', 'metadata']) as w (name)
                where not exists (
                      select from pg_catalog.pg_class c
                        join pg_catalog.pg_roles r on r.rolname = 'authenticated'
                       cross join lateral (
                             select (aclexplode(coalesce(c.relacl, acldefault('r', c.relowner)))).*
                              union all
                             select (aclexplode(a.attacl)).* from pg_catalog.pg_attribute a
                              where a.attrelid = c.oid and a.attname = w.name and a.attacl is not null) x
                       where c.oid = to_regclass('public.module_access') and x.privilege_type = 'SELECT' and x.grantee <> 0
                         and pg_catalog.pg_has_role(r.oid, x.grantee, 'usage')))
   and not pg_catalog.has_table_privilege((select r.oid from pg_catalog.pg_roles r where r.rolname = 'authenticated'),
                                          to_regclass('public.module_access')::oid, 'select')
   and exists (
       select from pg_catalog.pg_policy p
        where p.polrelid = to_regclass('public.module_access') and p.polcmd in ('r', '*') and p.polpermissive
          and exists (select from unnest(p.polroles) as o (oid) cross join heir
                       where o.oid = 0 or pg_catalog.pg_has_role(heir.oid, o.oid, 'usage'))
          and regexp_replace(pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'SELECT|AS uid|::text|[() ]', '', 'g')
              not in ('user_id=auth.uid', 'auth.uid=user_id'));
