-- Who reads module_access while row level security is off, and what the policies that are there will show them once it
-- is on: one row per role that may select (any column), with the permissive policies that then apply.
select r.rolname::text as role,
       (select coalesce(jsonb_agg(format('%s: using (%s)', p.polname,
                                         coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'true')) order by p.polname),
                        '[]'::jsonb)::text
          from pg_catalog.pg_policy p
         where p.polrelid = c.oid and p.polpermissive and p.polcmd in ('r', '*')
           and exists (select from unnest(p.polroles) as o (oid)
                        where o.oid = 0 or pg_catalog.pg_has_role(r.oid, o.oid, 'usage'))) as policies
  from pg_catalog.pg_class c
  join pg_catalog.pg_roles r
    on not (r.rolsuper or r.rolbypassrls) and not pg_catalog.pg_has_role(r.oid, c.relowner, 'usage')
   and r.rolname !~ '^(pg_|supabase_)' and r.rolname <> 'authenticator'
   and (r.rolname in ('anon', 'authenticated') or r.rolcanlogin
        or exists (select from pg_catalog.pg_auth_members m where m.roleid = r.oid)
        or exists (select from aclexplode(c.relacl) x where x.grantee = r.oid)
        or exists (select from pg_catalog.pg_attribute a cross join aclexplode(a.attacl) x
                    where a.attrelid = c.oid and x.grantee = r.oid))
   and pg_catalog.has_any_column_privilege(r.oid, c.oid, 'select')
 where c.oid = to_regclass('public.module_access') and not c.relrowsecurity
 order by r.rolname not in ('anon', 'authenticated'), r.rolname
