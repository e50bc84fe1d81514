-- title: The public has no right to module_access
-- why: The anon key is in every visitor's browser.
-- check: permissions.anon
-- detect
select 'anon' as item, 'what new tables give' as detail
 where to_regclass('public.module_access') is null
union all
select distinct case when x.grantee = 0 then 'public' else 'anon' end, lower(x.privilege_type) || coalesce(' (' || x.name || ')', '')
  from pg_catalog.pg_class c
 cross join lateral (
       select (aclexplode(c.relacl)).*, null::text as name
        union all
       select (aclexplode(a.attacl)).*, a.attname::text from pg_catalog.pg_attribute a
        where a.attrelid = c.oid and not a.attisdropped and a.attacl is not null) x
 where c.oid = to_regclass('public.module_access')
   and (x.grantee = 0 or x.grantee = (select r.oid from pg_catalog.pg_roles r where r.rolname = 'anon'))
union all
select p.polname::text, 'the bridge for a webhook that writes with the public key'
  from pg_catalog.pg_policy p
 where p.polrelid = to_regclass('public.module_access')
   and p.polname in ('module_access_webhook_reads', 'module_access_webhook_writes');
-- repair
revoke all on public.module_access from anon, public;
drop policy if exists module_access_webhook_reads on public.module_access;
drop policy if exists module_access_webhook_writes on public.module_access;
