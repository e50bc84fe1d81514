-- Whom the roles of the Data API passed a right to module_access on to, or to the sequence of its id, and who gave it to
-- them besides the owner: one row per part and right of undo/schema that has such. A right to the whole table counts as
-- passed on where it was for a column.
with target as (
    select c.oid, c.relacl, c.relowner, '' as place, true as whole
      from pg_catalog.pg_class c where c.oid = to_regclass('public.module_access') and c.relkind = 'r'
    union all
    select s.oid, s.relacl, s.relowner, ' to sequence ' || s.relname, false
      from pg_catalog.pg_class s
     where s.relkind = 'S'
       and /* include schema/own_sequence */
), given as (
    select t.oid, t.relowner, t.place, x.grantor, x.grantee, lower(x.privilege_type) as privilege, null::text as col
      from target t cross join lateral aclexplode(t.relacl) x
    union all
    select t.oid, t.relowner, t.place, x.grantor, x.grantee, lower(x.privilege_type), a.attname::text
      from target t join pg_catalog.pg_attribute a on a.attrelid = t.oid and not a.attisdropped
     cross join lateral aclexplode(a.attacl) x
     where t.whole
), role as (
    select r.oid, r.rolname::text as name from pg_catalog.pg_roles r
     where r.rolname in ('anon', 'authenticated', 'service_role')
    union all select 0, 'public'
), tied as (
    select distinct 'rights of ' || r.name || g.place as item, g.privilege || coalesce(' (' || quote_ident(g.col) || ')', '') as "right",
           (select jsonb_agg(distinct case when h.grantee = 0 then 'public' else pg_catalog.pg_get_userbyid(h.grantee)::text end)
              from given h
             where h.oid = g.oid and h.privilege = g.privilege and h.grantor = g.grantee
               and (g.col is null or h.col = g.col)) as holders,
           (select jsonb_agg(distinct pg_catalog.pg_get_userbyid(h.grantor)::text)
              from given h
             where h.oid = g.oid and h.privilege = g.privilege and h.grantee = g.grantee and h.grantor <> h.relowner
               and h.col is not distinct from g.col) as givers
      from given g join role r on r.oid = g.grantee
)
select t.item, t."right", coalesce(t.holders, '[]')::text as holders, coalesce(t.givers, '[]')::text as givers
  from tied t where t.holders is not null or t.givers is not null
 order by 1, 2
