-- What keeps a role from doing what the webhook's handler does: one row per role and obstacle; none is fine.
-- "statement" is what gives the right, where it is one.
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
            else format('no policy to %s %s', step.privilege, step.name) end as obstacle,
       case when not has_any_column_privilege(role.oid, step.relation, step.privilege)
            then format('grant %s on %s to %I', step.privilege, step.relation::regclass, role.name) end as statement
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
-- The handler gives no column that takes its numbers from a sequence a value.
select role.name, 5, format('no right to the sequence of %s.%s', /* profile table_name */, own.field),
       format('grant usage on sequence %s to %I', own.sequence::regclass, role.name)
  from role
 cross join (select a.attname::text as field, s.oid as sequence
               from pg_catalog.pg_attribute a
               join pg_catalog.pg_attrdef e on e.adrelid = a.attrelid and e.adnum = a.attnum
               join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_attrdef'::regclass and d.objid = e.oid
                and d.refclassid = 'pg_catalog.pg_class'::regclass
               join pg_catalog.pg_class s on s.oid = d.refobjid and s.relkind = 'S'
              where a.attrelid = to_regclass('/* profile table */') and not a.attisdropped and a.attidentity = ''
                and a.attname not in (/* profile filled */)) own
 where not has_sequence_privilege(role.oid, own.sequence, 'usage')
   and not has_sequence_privilege(role.oid, own.sequence, 'update')
 order by 1, 2, 3
