-- The parts of the schema that migrate makes or changes: what each one is, the statement that makes it so, the one
-- that takes it away, and for a column the query that counts what would be lost with it. "part_of" names what a part
-- goes with; the rank is the order in which they are made; "identity" tells a part from one that was made anew.
with relation as (
    select c.oid, format('public.%I', c.relname) as name, c.relname = 'module_access' as whole, c.relacl, c.relowner,
           c.relrowsecurity
      from pg_catalog.pg_class c
     where c.oid in (to_regclass('public.module_access'), to_regclass('public.access_tokens')) and c.relkind = 'r'
), col as (
    select r.oid as relation, r.name as table_name, a.attnum, a.attname::text as name, a.attnotnull,
           format('%s.%s', substr(r.name, 8), a.attname) as item,
           format_type(a.atttypid, a.atttypmod) as type, pg_catalog.pg_get_expr(d.adbin, d.adrelid) as expression,
           (a.attmissingval::text::text[])[1] as given
      from relation r
      join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
      left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where r.whole or a.attname in ('id', 'created_by', 'metadata')
), grantee as (
    select g.name, g.oid, case when g.oid = 0 then 'public' else quote_ident(g.name) end as written
      from (select r.rolname::text as name, r.oid from pg_catalog.pg_roles r
             where r.rolname in ('anon', 'authenticated', 'service_role')
             union all select 'public', 0) g
), sequence as (
    select distinct c.oid, format('%I.%I', c.relnamespace::regnamespace::name, c.relname) as name,
           c.relname::text as short, c.relacl, c.relowner
      from col join pg_catalog.pg_class c on c.relkind = 'S' and col.name = 'id'
       and col.relation = to_regclass('public.module_access')
       and (exists (select from pg_catalog.pg_attrdef e
                      join pg_catalog.pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = e.oid
                       and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
                     where e.adrelid = col.relation and e.adnum = col.attnum)
            -- That of an identity column.
            or exists (select from pg_catalog.pg_depend d
                        where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'i'
                          and d.refobjid = col.relation and d.refobjsubid = col.attnum))
)
select 0 as rank, 'table module_access' as item, null as part_of, 'there' as state, null::text[] as make,
       'drop table ' || r.name as remove, format('select count(*) as found from %s', r.name) as lost,
       r.oid::text as identity
  from relation r where r.whole
union all
select 1, 'column ' || c.item, case when c.table_name = 'public.module_access' then 'table module_access' end, 'there', null,
       format('alter table %s drop column %I', c.table_name, c.name),
       format('select count(*) as found from %s where %I::text is distinct from %L', c.table_name, c.name, c.given),
       format('%s.%s', c.relation, c.attnum)
  from col c
union all
select 2, 'type of ' || c.item, 'column ' || c.item, c.type, null, null, null, format('%s.%s', c.relation, c.attnum)
  from col c
union all
select 3, 'sequence ' || s.short, 'column module_access.id', 'there', null, 'drop sequence ' || s.name, null, s.oid::text
  from sequence s
union all
select 4, 'default of ' || c.item, 'column ' || c.item, coalesce(c.expression, 'none'),
       array[format('alter table %s alter column %I %s', c.table_name, c.name,
                    coalesce('set default ' || c.expression, 'drop default'))],
       null, null, format('%s.%s', c.relation, c.attnum)
  from col c
union all
select 5, 'empty values of ' || c.item, 'column ' || c.item, case when c.attnotnull then 'refused' else 'taken' end,
       array[format('alter table %s alter column %I %s not null', c.table_name, c.name,
                    case when c.attnotnull then 'set' else 'drop' end)],
       null, null, format('%s.%s', c.relation, c.attnum)
  from col c
union all
select 6, 'constraint ' || k.conname, 'table module_access', pg_catalog.pg_get_constraintdef(k.oid),
       array[format('alter table %s add constraint %I %s', r.name, k.conname, pg_catalog.pg_get_constraintdef(k.oid))],
       format('alter table %s drop constraint %I', r.name, k.conname), null, k.oid::text
  from relation r join pg_catalog.pg_constraint k on k.conrelid = r.oid
 where r.whole and k.contype in ('p', 'f', 'u', 'c', 'x')
union all
select 7, 'index ' || c.relname, 'table module_access', pg_catalog.pg_get_indexdef(i.indexrelid),
       array[pg_catalog.pg_get_indexdef(i.indexrelid)], format('drop index public.%I', c.relname), null, i.indexrelid::text
  from relation r join pg_catalog.pg_index i on i.indrelid = r.oid
  join pg_catalog.pg_class c on c.oid = i.indexrelid
 where r.whole and i.indisvalid and not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid)
union all
-- What an interrupted build left; one that is being built at this moment is nobody's leftover.
select 7, 'index ' || c.relname, 'table module_access', 'half-built', null, format('drop index public.%I', c.relname), null,
       i.indexrelid::text
  from relation r join pg_catalog.pg_index i on i.indrelid = r.oid
  join pg_catalog.pg_class c on c.oid = i.indexrelid
 where r.whole and not i.indisvalid and not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid)
   and not exists (select from pg_catalog.pg_locks l
                    where l.relation = i.indrelid and l.mode = 'ShareUpdateExclusiveLock' and l.granted
                      and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
                      and l.pid <> pg_backend_pid())
union all
select 8, 'row level security', 'table module_access', case when r.relrowsecurity then 'on' else 'off' end,
       array[format('alter table %s %s row level security', r.name,
                    case when r.relrowsecurity then 'enable' else 'disable' end)],
       null, null, r.oid::text
  from relation r where r.whole
union all
select 9, 'policy ' || p.polname, 'table module_access', made.statement, array[made.statement],
       format('drop policy %I on %s', p.polname, r.name), null, p.oid::text
  from relation r join pg_catalog.pg_policy p on p.polrelid = r.oid
 cross join lateral (
       select format('create policy %I on %s as %s for %s to %s', p.polname, r.name,
                     case when p.polpermissive then 'permissive' else 'restrictive' end,
                     case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
                                   when 'd' then 'delete' else 'all' end,
                     (select string_agg(case when o.oid = 0 then 'public' else quote_ident(pg_catalog.pg_get_userbyid(o.oid)) end,
                                        ', ' order by o.place)
                        from unnest(p.polroles) with ordinality as o (oid, place)))
              || coalesce(' using (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', '')
              || coalesce(' with check (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')', '') as statement) made
 where r.whole
union all
select 9, 'trigger ' || t.tgname, 'table module_access', pg_catalog.pg_get_triggerdef(t.oid),
       array[pg_catalog.pg_get_triggerdef(t.oid)], format('drop trigger %I on %s', t.tgname, r.name), null, t.oid::text
  from relation r join pg_catalog.pg_trigger t on t.tgrelid = r.oid
 where r.whole and not t.tgisinternal
union all
select 10, 'rights of ' || g.name, 'table module_access', coalesce(acl.granted, 'none'),
       array[format('revoke all on %s from %s', r.name, g.written)] || acl.statements, null, null, r.oid::text
  from relation r cross join grantee g
 cross join lateral (
       select string_agg(x.what || case when x.is_grantable then ' with grant option' else '' end, ', '
                         order by x.what collate "C", x.is_grantable) as granted,
              array_agg(format('grant %s on %s to %s', x.what, r.name, g.written)
                         || case when x.is_grantable then ' with grant option' else '' end order by x.what) as statements
         from (select lower(a.privilege_type) as what, a.is_grantable
                 from aclexplode(coalesce(r.relacl, acldefault('r', r.relowner))) a where a.grantee = g.oid
                union
               select format('%s (%I)', lower(a.privilege_type), t.attname), a.is_grantable
                 from pg_catalog.pg_attribute t cross join aclexplode(t.attacl) a
                where t.attrelid = r.oid and not t.attisdropped and a.grantee = g.oid) x) acl
 where r.whole
union all
select 11, format('rights of %s to sequence %s', g.name, s.short), 'sequence ' || s.short, coalesce(acl.granted, 'none'),
       array[format('revoke all on sequence %s from %s', s.name, g.written)] || acl.statements, null, null, s.oid::text
  from sequence s cross join grantee g
 cross join lateral (
       select string_agg(lower(a.privilege_type) || case when a.is_grantable then ' with grant option' else '' end,
                         ', ' order by a.privilege_type collate "C", a.is_grantable) as granted,
              array_agg(format('grant %s on sequence %s to %s', lower(a.privilege_type), s.name, g.written)
                         || case when a.is_grantable then ' with grant option' else '' end order by a.privilege_type) as statements
         from aclexplode(coalesce(s.relacl, acldefault('s', s.relowner))) a where a.grantee = g.oid) acl
 order by 1, 2
