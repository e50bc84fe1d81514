-- The permissive policies for reading that reach authenticated, or who has its rights without owning the table; own_rows:
-- the policy shows own rows and no more.
with heir as (
    select r.oid
      from pg_catalog.pg_roles g
      join pg_catalog.pg_roles r
        on r.oid = g.oid or not r.rolsuper and pg_catalog.pg_has_role(r.oid, g.oid, 'usage')
       and not exists (select from pg_catalog.pg_class c where c.oid = to_regclass('public.module_access')
                        and pg_catalog.pg_has_role(r.oid, c.relowner, 'usage'))
     where g.rolname = 'authenticated'
)
select p.polname::text as name,
       regexp_replace(pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'SELECT|AS uid|::text|[() ]', '', 'g')
       in ('user_id=auth.uid', 'auth.uid=user_id') as own_rows
  from pg_catalog.pg_policy p
 where p.polrelid = to_regclass('public.module_access') and p.polcmd in ('r', '*') and p.polpermissive
   and exists (select from unnest(p.polroles) as o (oid) cross join heir
                where o.oid = 0 or pg_catalog.pg_has_role(heir.oid, o.oid, 'usage'))
