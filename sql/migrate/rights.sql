-- The rights of anon, authenticated and everybody to module_access, and to the sequence of its id: role, right, the
-- column it is for, the object; "others": further roles that have the right only through that one. Without what another
-- than the owner gave, or was passed on: that stays (module_access/155).
with relation as (
    select c.oid, c.relacl, c.relowner, 'public.module_access' as object, true as whole
      from pg_catalog.pg_class c where c.oid = to_regclass('public.module_access') and c.relkind = 'r'
    union all
    select s.oid, s.relacl, s.relowner, format('sequence %I.%I', s.relnamespace::regnamespace::name, s.relname), false
      from pg_catalog.pg_class s
     where s.relkind = 'S'
       and /* include schema/own_sequence */
), given as (
    select r.oid, r.relowner, r.object, r.whole, x.grantor, x.grantee, lower(x.privilege_type) as privilege, null::text as col
      from relation r cross join lateral aclexplode(r.relacl) x
    union all
    select r.oid, r.relowner, r.object, true, x.grantor, x.grantee, lower(x.privilege_type), a.attname::text
      from relation r join pg_catalog.pg_attribute a on a.attrelid = r.oid and not a.attisdropped
     cross join lateral aclexplode(a.attacl) x
     where r.whole
)
select case when g.grantee = 0 then 'public' else pg_catalog.pg_get_userbyid(g.grantee)::text end as role,
       g.privilege, g.col as "column", g.object, g.whole,
       (select coalesce(jsonb_agg(o.rolname order by o.rolname), '[]'::jsonb)::text
          from pg_catalog.pg_roles o
         where not o.rolsuper and not o.rolbypassrls and o.rolname !~ '^(pg_|supabase_)'
           and o.rolname not in ('anon', 'authenticated', 'authenticator')
           and (case when g.grantee = 0 then o.rolcanlogin or exists (
                     select from pg_catalog.pg_auth_members m where m.roleid = o.oid)
                     else o.oid <> g.grantee and pg_catalog.pg_has_role(o.oid, g.grantee, 'usage') end)
           and not exists (select from given h where h.oid = g.oid and h.privilege = g.privilege and h.grantee <> g.grantee
                              and h.grantee <> 0 and pg_catalog.pg_has_role(o.oid, h.grantee, 'usage'))) as others
  from given g
 where g.grantor = g.relowner
   and pg_catalog.pg_has_role(case current_user when 'supabase_read_only_user' then 'postgres' else current_user end,
                              g.relowner, 'usage')
   and not exists (select from given h where h.oid = g.oid and h.privilege = g.privilege and h.grantor = g.grantee)
   and (g.grantee = 0
    or g.grantee in (select r.oid from pg_catalog.pg_roles r where r.rolname in ('anon', 'authenticated')))
 order by 1, 4, 2, 3
