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
  from (/* include schema/rights_of_owner */) x
 where x.grantee = (select r.oid from pg_catalog.pg_roles r where r.rolname = 'authenticated')
   and (x.privilege_type <> 'SELECT' or x.is_grantable)
   and not (x.privilege_type = 'UPDATE' and not x.is_grantable and coalesce(x.name = any (/* kept */ array[]::text[]), false));
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
        from (/* include schema/rights_of_owner */) x
       where x.grantee = 'authenticated'::regrole
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
