-- title: What the public and customers may do, nobody but the owner of module_access decides
-- why: A right that another role gave, or passed on, ends together with that role's own; only its owner knows who needs it.
-- check: permissions.anon
-- only: a person
-- detect
with own as (
    select c.oid, c.relowner, 'public.module_access' as object, x.*
      from pg_catalog.pg_class c
     cross join lateral (
           select (aclexplode(c.relacl)).*, null::text as name
            union all
           select (aclexplode(a.attacl)).*, a.attname::text from pg_catalog.pg_attribute a
            where a.attrelid = c.oid and not a.attisdropped and a.attacl is not null) x
     where c.oid = to_regclass('public.module_access')
    union all
    select s.oid, s.relowner, format('sequence %I.%I', s.relnamespace::regnamespace::name, s.relname), x.*, null
      from pg_catalog.pg_class s cross join lateral aclexplode(s.relacl) x
     where s.relkind = 'S'
       and /* include schema/own_sequence */
)
select own.item, own.detail, own.statement
  from (
    -- Given by another than the owner: the one who gave it loses the right to pass it on.
    select w.grantee as item,
           format('%s on %s, given by %s', lower(o.privilege_type) || coalesce(' (' || o.name || ')', ''), o.object, g.rolname) as detail,
           format('revoke grant option for %s%s on %s from %I cascade', lower(o.privilege_type),
                  coalesce(' (' || quote_ident(o.name) || ')', ''), o.object, g.rolname) as statement
      from own o
      join pg_catalog.pg_roles g on g.oid = o.grantor and g.oid <> o.relowner
     cross join lateral (select case when o.grantee = 0 then 'public' else pg_catalog.pg_get_userbyid(o.grantee)::text end as grantee) w
     where w.grantee in ('public', 'anon', 'authenticated') and not (w.grantee = 'authenticated' and o.privilege_type = 'SELECT')
    union all
    select pg_catalog.pg_get_userbyid(o.grantee)::text,
           format('%s on %s, passed on to %s', lower(o.privilege_type) || coalesce(' (' || o.name || ')', ''), o.object,
                  string_agg(distinct case when y.grantee = 0 then 'public' else pg_catalog.pg_get_userbyid(y.grantee)::text end, ', ')),
           format('revoke %s%s%s on %s from %I cascade',
                  case when o.privilege_type = 'SELECT' and pg_catalog.pg_get_userbyid(o.grantee) = 'authenticated' then 'grant option for ' else '' end,
                  lower(o.privilege_type), coalesce(' (' || quote_ident(o.name) || ')', ''), o.object,
                  pg_catalog.pg_get_userbyid(o.grantee))
      from own o join own y on y.oid = o.oid and y.grantor = o.grantee and y.privilege_type = o.privilege_type
     where o.grantor = o.relowner
       and o.grantee in (select r.oid from pg_catalog.pg_roles r where r.rolname in ('anon', 'authenticated'))
     group by o.grantee, o.privilege_type, o.name, o.object) own
 order by 1, 2;
