-- title: BRIDGE: the public key may insert paid accesses, as the webhook does with it
-- why: The deployed webhook writes with the public key; until it has the service role key, sales go on being granted.
-- check: permissions.webhook-role
-- detect
select 'anon' as item, obstacle as detail
  from (select 'no right to select and insert' as obstacle
         where to_regclass('public.module_access') is null
            or not has_table_privilege('anon', to_regclass('public.module_access')::oid, 'select')
            or not has_table_privilege('anon', to_regclass('public.module_access')::oid, 'insert')
        union all
        select 'right to ' || lower(x.privilege_type) || ' (too much)'
          from pg_catalog.pg_class c
         cross join lateral aclexplode(c.relacl) x
         where c.oid = to_regclass('public.module_access')
           and (x.grantee = 0 or x.privilege_type not in ('SELECT', 'INSERT')
                and x.grantee = (select r.oid from pg_catalog.pg_roles r where r.rolname = 'anon'))
        union all
        select 'no policy to select and insert'
         where (select count(*) from pg_catalog.pg_policy p
                 where p.polrelid = to_regclass('public.module_access')
                   and p.polname in ('module_access_webhook_reads', 'module_access_webhook_writes')) < 2) missing
-- repair
-- It reads the row that it wrote, so it has to see active rows; and it writes purchases that name their session.
do $$
declare
  own text := pg_get_serial_sequence('public.module_access', 'id');
begin
  revoke all on public.module_access from anon, public;
  grant select, insert on public.module_access to anon;
  if own is not null then
    execute format('grant usage on sequence %s to anon', own);
  end if;
  drop policy if exists module_access_webhook_reads on public.module_access;
  create policy module_access_webhook_reads on public.module_access
    for select to anon using (is_active);
  drop policy if exists module_access_webhook_writes on public.module_access;
  create policy module_access_webhook_writes on public.module_access
    for insert to anon with check (is_active and access_type = 'purchase' and metadata ? 'session_id');
end $$;
