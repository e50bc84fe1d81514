-- title: The public has no right to module_access
-- why: The anon key is in every visitor's browser.
-- check: permissions.anon
-- detect
select 'anon' as item, 'the rights that new tables come with' as detail
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
   -- What another gave, or was passed on, goes with theirs only: a person decides (155).
   and x.grantor = c.relowner
   and not exists (select from pg_catalog.pg_class o
                    cross join lateral (
                          select (aclexplode(o.relacl)).*
                           union all
                          select (aclexplode(b.attacl)).* from pg_catalog.pg_attribute b
                           where b.attrelid = o.oid and not b.attisdropped and b.attacl is not null) y
                    where o.oid = c.oid and y.grantor = x.grantee and y.privilege_type = x.privilege_type)
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
        from pg_catalog.pg_class c
       cross join lateral (
             select (aclexplode(c.relacl)).*, null::text as name
              union all
             select (aclexplode(a.attacl)).*, a.attname::text from pg_catalog.pg_attribute a
              where a.attrelid = c.oid and not a.attisdropped and a.attacl is not null) x
       where c.oid = 'public.module_access'::regclass and x.grantee in (0, 'anon'::regrole)
       and x.grantor = c.relowner
       and not exists (select from pg_catalog.pg_class o
                        cross join lateral (
                              select (aclexplode(o.relacl)).*
                               union all
                              select (aclexplode(b.attacl)).* from pg_catalog.pg_attribute b
                               where b.attrelid = o.oid and not b.attisdropped and b.attacl is not null) y
                        where o.oid = c.oid and y.grantor = x.grantee and y.privilege_type = x.privilege_type)
       order by x.name nulls last loop
    execute format('revoke %s%s on public.module_access from %s', own.privilege_type,
                   case when own.name is null then '' else format(' (%I)', own.name) end, own.grantee);
  end loop;
end $$;
drop policy if exists module_access_webhook_reads on public.module_access;
drop policy if exists module_access_webhook_writes on public.module_access;
