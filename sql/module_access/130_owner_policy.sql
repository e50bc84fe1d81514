-- title: A signed-in customer may read own rows
-- why: Row level security hides everything from a role that no policy lets in, without an error.
-- check: permissions.owner-reads
-- detect
select 'module_access' as item, 'no policy lets a signed-in customer read own rows' as detail
 where not exists (
     select from pg_catalog.pg_policy p
      where p.polrelid = to_regclass('public.module_access')
        and p.polcmd in ('r', '*') and p.polpermissive
        and (p.polroles = '{0}'::oid[] or (select r.oid from pg_catalog.pg_roles r where r.rolname = 'authenticated') = any (p.polroles))
        and pg_catalog.pg_get_expr(p.polqual, p.polrelid) ~ 'user_id'
        and pg_catalog.pg_get_expr(p.polqual, p.polrelid) ~ 'auth\.uid\(\)');
-- repair
do $$
begin
  if not exists (
      select from pg_catalog.pg_policy p
       where p.polrelid = 'public.module_access'::regclass
         and p.polcmd in ('r', '*') and p.polpermissive
         and (p.polroles = '{0}'::oid[] or (select r.oid from pg_catalog.pg_roles r where r.rolname = 'authenticated') = any (p.polroles))
         and pg_catalog.pg_get_expr(p.polqual, p.polrelid) ~ 'user_id'
         and pg_catalog.pg_get_expr(p.polqual, p.polrelid) ~ 'auth\.uid\(\)') then
    drop policy if exists module_access_owner_reads on public.module_access;
    create policy module_access_owner_reads on public.module_access
      for select to authenticated using (user_id = (select auth.uid())::text);
  end if;
end $$;
