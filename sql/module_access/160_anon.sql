-- title: The public has no right to module_access
-- why: The anon key is in every visitor's browser.
-- check: permissions.anon
-- detect
select 'anon' as item, 'the rights that new tables come with' as detail
 where to_regclass('public.module_access') is null
union all
select distinct case when x.grantee = 0 then 'public' else 'anon' end, lower(x.privilege_type) || coalesce(' (' || x.name || ')', '')
  from (/* include schema/rights_of_owner */) x
 where x.grantee = 0 or x.grantee = (select r.oid from pg_catalog.pg_roles r where r.rolname = 'anon')
union all
select p.polname::text, 'the bridge for a webhook that writes with the public key'
  from pg_catalog.pg_policy p
 where p.polrelid = to_regclass('public.module_access')
   and p.polname in ('module_access_webhook_reads', 'module_access_webhook_writes');
-- repair
do $$
declare
  own record;
begin
  for own in
      select distinct x.privilege_type, x.name, case when x.grantee = 0 then 'public' else 'anon' end as grantee
        from (/* include schema/rights_of_owner */) x
       where x.grantee in (0, 'anon'::regrole)
       order by x.name nulls last loop
    execute format('revoke %s%s on public.module_access from %s', own.privilege_type,
                   case when own.name is null then '' else format(' (%I)', own.name) end, own.grantee);
  end loop;
end $$;
drop policy if exists module_access_webhook_reads on public.module_access;
drop policy if exists module_access_webhook_writes on public.module_access;
