-- title: A signed-in customer may not write
-- why: With a right to write customers can grant themselves modules.
-- check: permissions.row-level-security
-- detect
-- What the page is seen to change of own rows stays, on those columns alone.
select 'authenticated' as item, 'the rights that new tables come with' as detail
 where to_regclass('public.module_access') is null
union all
select distinct 'authenticated',
       case when x.privilege_type = 'SELECT' then 'to pass select on' else lower(x.privilege_type) end
       || coalesce(' (' || x.name || ')', '')
  from pg_catalog.pg_class c
 cross join lateral (
       select (aclexplode(c.relacl)).*, null::text as name
        union all
       select (aclexplode(a.attacl)).*, a.attname::text from pg_catalog.pg_attribute a
        where a.attrelid = c.oid and not a.attisdropped and a.attacl is not null) x
 where c.oid = to_regclass('public.module_access')
   and x.grantee = (select r.oid from pg_catalog.pg_roles r where r.rolname = 'authenticated')
   and (x.privilege_type <> 'SELECT' or x.is_grantable)
   and not (x.privilege_type = 'UPDATE' and not x.is_grantable and coalesce(x.name = any (/* kept */ array[]::text[]), false))
   -- What another gave, or was passed on, goes with theirs only: a person decides (155).
   and x.grantor = c.relowner
   and not exists (select from pg_catalog.pg_class o
                    cross join lateral (
                          select (aclexplode(o.relacl)).*
                           union all
                          select (aclexplode(b.attacl)).* from pg_catalog.pg_attribute b
                           where b.attrelid = o.oid and not b.attisdropped and b.attacl is not null) y
                    where o.oid = c.oid and y.grantor = x.grantee and y.privilege_type = x.privilege_type);
-- repair
do $$
declare
  kept constant text[] := /* kept */ array[]::text[];
  may_update boolean;
  own record;
begin
  may_update := exists (
      select from pg_catalog.pg_class c cross join lateral aclexplode(c.relacl) x
       where c.oid = 'public.module_access'::regclass and x.grantee = 'authenticated'::regrole
         and x.privilege_type = 'UPDATE');
  for own in
      select x.privilege_type, x.name, bool_or(x.is_grantable) as is_grantable
        from pg_catalog.pg_class c
       cross join lateral (
             select (aclexplode(c.relacl)).*, null::text as name
              union all
             select (aclexplode(a.attacl)).*, a.attname::text from pg_catalog.pg_attribute a
              where a.attrelid = c.oid and not a.attisdropped and a.attacl is not null) x
       where c.oid = 'public.module_access'::regclass and x.grantee = 'authenticated'::regrole
       and x.grantor = c.relowner
       and not exists (select from pg_catalog.pg_class o
                        cross join lateral (
                              select (aclexplode(o.relacl)).*
                               union all
                              select (aclexplode(b.attacl)).* from pg_catalog.pg_attribute b
                               where b.attrelid = o.oid and not b.attisdropped and b.attacl is not null) y
                        where o.oid = c.oid and y.grantor = x.grantee and y.privilege_type = x.privilege_type)
       group by x.privilege_type, x.name
       order by x.name nulls last, x.privilege_type loop
    if own.is_grantable then
      execute format('revoke grant option for %s%s on public.module_access from authenticated',
                     own.privilege_type, case when own.name is null then '' else format(' (%I)', own.name) end);
    end if;
    if own.privilege_type <> 'SELECT' and not (own.privilege_type = 'UPDATE' and coalesce(own.name = any (kept), false)) then
      execute format('revoke %s%s on public.module_access from authenticated',
                     own.privilege_type, case when own.name is null then '' else format(' (%I)', own.name) end);
    end if;
  end loop;
  if may_update and kept <> array[]::text[] then
    execute format('grant update (%s) on public.module_access to authenticated',
                   (select string_agg(format('%I', k.name), ', ') from unnest(kept) as k (name)));
  end if;
end $$;
