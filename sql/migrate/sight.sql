-- Who reads or writes module_access while row level security is off, and what the policies that are there will let them
-- once it is on: one row per role; "reads": it may select (any column); "writes": what else it may by rights that this
-- tool does not take; "policies": the permissive ones that then apply to its reading, "narrowed": the restrictive ones;
-- "written": the permissive ones that apply to its writing; "acts": roles that row level security does not bind and that
-- it may act as (SET ROLE): BYPASSRLS itself is not inherited, the rights of such a role are.
with command (code, word) as (values ('a', 'insert'), ('w', 'update'), ('d', 'delete')
), visitor as (
    select r.oid, r.rolname::text as role, c.oid as relation, c.relowner, c.relforcerowsecurity as forced,
           case when current_setting('server_version_num')::integer < 160000 then 'member' else 'set' end as acting,
           pg_catalog.has_any_column_privilege(r.oid, c.oid, 'select') as reads,
           (select string_agg(w.word, ', ' order by w.code)
              from command w
             where exists (select from (select x.grantee, x.privilege_type from aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) x
                                         union all
                                        select x.grantee, x.privilege_type
                                          from pg_catalog.pg_attribute a cross join aclexplode(a.attacl) x
                                         where a.attrelid = c.oid and not a.attisdropped) x
                            where lower(x.privilege_type) = w.word and x.grantee <> 0
                              and x.grantee not in (select t.oid from pg_catalog.pg_roles t where t.rolname in ('anon', 'authenticated'))
                              and pg_catalog.pg_has_role(r.oid, x.grantee, 'usage'))) as writes
      from pg_catalog.pg_class c
      join pg_catalog.pg_roles r
        on not (r.rolsuper or r.rolbypassrls)
       and (c.relforcerowsecurity or not pg_catalog.pg_has_role(r.oid, c.relowner, 'usage'))
       and r.rolname !~ '^pg_' and r.rolname <> 'authenticator'
       and (r.rolname in ('anon', 'authenticated')
            or r.rolname !~ '^supabase_' and (r.rolcanlogin or exists (select from pg_catalog.pg_auth_members m where m.roleid = r.oid))
            or exists (select from aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) x where x.grantee = r.oid)
            or exists (select from pg_catalog.pg_attribute a cross join aclexplode(a.attacl) x
                        where a.attrelid = c.oid and x.grantee = r.oid))
     where c.oid = to_regclass('public.module_access') and not c.relrowsecurity
), applies as (
    select v.oid, p.polname, p.polcmd, p.polpermissive,
           format('%s: using (%s)', p.polname, coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'true')) as reading,
           format('%s: check (%s)', p.polname,
                  coalesce(pg_catalog.pg_get_expr(coalesce(p.polwithcheck, p.polqual), p.polrelid), 'true')) as writing
      from visitor v
      join pg_catalog.pg_policy p on p.polrelid = v.relation
       and exists (select from unnest(p.polroles) as o (oid)
                    where o.oid = 0 or pg_catalog.pg_has_role(v.oid, o.oid, 'usage'))
)
select v.role, v.reads, v.writes,
       (select coalesce(jsonb_agg(a.reading order by a.polname), '[]'::jsonb)::text
          from applies a where a.oid = v.oid and a.polpermissive and a.polcmd in ('r', '*')) as policies,
       (select coalesce(jsonb_agg(a.reading order by a.polname), '[]'::jsonb)::text
          from applies a where a.oid = v.oid and not a.polpermissive and a.polcmd in ('r', '*')) as narrowed,
       (select coalesce(jsonb_agg(a.writing order by a.polname), '[]'::jsonb)::text
          from applies a where a.oid = v.oid and a.polpermissive and a.polcmd in ('a', 'w', 'd', '*')) as written,
       (select coalesce(jsonb_agg(b.rolname order by b.rolname), '[]'::jsonb)::text
          from pg_catalog.pg_roles b
         where b.oid <> v.oid
           and (b.rolbypassrls or b.rolsuper or b.oid = v.relowner and not v.forced)
           and pg_catalog.pg_has_role(v.oid, b.oid, v.acting)
           and pg_catalog.has_any_column_privilege(b.oid, v.relation, 'select')) as acts
  from visitor v
 where v.reads or v.writes is not null
 order by v.role not in ('anon', 'authenticated'), v.role
