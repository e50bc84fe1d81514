-- What keeps a role from doing what the webhook's handler does: one row per role and obstacle; none is fine.
-- An update right on the sequence is enough for nextval; an identity column needs none. A right to some columns is
-- taken for one here: which columns suffice is tried (sql/trials).
with role as (
    select r.oid, r.rolname::text as name, r.rolbypassrls or r.rolsuper as bypasses
      from pg_catalog.pg_roles r where r.rolname in ('service_role', 'anon')
), step as (
    select s.place, s.privilege, s.command, c.oid as relation, c.relname::text as name, c.relrowsecurity as secured
      from (values (1, 'profiles', 'select', 'r'), (2, 'modules', 'select', 'r'),
                   (3, /* profile table_name */, 'select', 'r'), (4, /* profile table_name */, 'insert', 'a'))
             as s (place, name, privilege, command)
      join pg_catalog.pg_class c on c.oid = to_regclass(case when s.place > 2 then '/* profile table */' else format('public.%I', s.name) end)
)
select role.name as role, step.place,
       case when not has_any_column_privilege(role.oid, step.relation, step.privilege)
            then format('no right to %s %s', step.privilege, step.name)
            else format('no policy to %s %s', step.privilege, step.name) end as obstacle
  from role cross join step
 where not has_any_column_privilege(role.oid, step.relation, step.privilege)
    or (step.secured and not role.bypasses
        and not exists (select from pg_catalog.pg_policy p
                         where p.polrelid = step.relation and p.polpermissive
                           and p.polcmd::text in (step.command, '*')
                           and ('0'::oid = any (p.polroles)
                                or exists (select from unnest(p.polroles) as r (oid)
                                            where r.oid <> 0 and pg_has_role(role.oid, r.oid, 'usage')))))
union all
select role.name, 5, 'no right to the sequence of ' || /* profile table_name */ || '.id'
  from role
 cross join (select to_regclass(pg_get_serial_sequence('/* profile table */', 'id')) as name
              where exists (select from pg_catalog.pg_attribute a
                             where a.attrelid = to_regclass('/* profile table */')
                               and a.attname = 'id' and not a.attisdropped and a.attidentity = '')) own
 where own.name is not null
   and not has_sequence_privilege(role.oid, own.name::oid, 'usage')
   and not has_sequence_privilege(role.oid, own.name::oid, 'update')
 order by 1, 2
