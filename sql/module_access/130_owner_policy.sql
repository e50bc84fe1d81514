-- title: A signed-in customer may read own rows
-- why: Row level security hides everything from a role that no policy lets in, without an error.
-- check: permissions.owner-reads
-- detect
-- A policy that lets anything be read as authenticated decides who sees what, whatever it says: nothing is put beside it.
select 'module_access' as item, 'no policy lets a signed-in customer read' as detail
 where not exists (
     select from pg_catalog.pg_policy p cross join unnest(p.polroles) as r (oid)
      where p.polrelid = to_regclass('public.module_access') and p.polcmd in ('r', '*') and p.polpermissive
        and (r.oid = 0
             or pg_catalog.pg_has_role((select a.oid from pg_catalog.pg_roles a where a.rolname = 'authenticated'),
                                       r.oid, 'usage')));
-- repair
-- Ids are compared as text, whatever type the column has.
do $$
begin
  if not exists (
      select from pg_catalog.pg_policy p cross join unnest(p.polroles) as r (oid)
       where p.polrelid = 'public.module_access'::regclass and p.polcmd in ('r', '*') and p.polpermissive
         and (r.oid = 0
              or pg_catalog.pg_has_role((select a.oid from pg_catalog.pg_roles a where a.rolname = 'authenticated'),
                                        r.oid, 'usage'))) then
    drop policy if exists module_access_owner_reads on public.module_access;
    execute format(
      'create policy module_access_owner_reads on public.module_access
         for select to authenticated using (user_id%s = (select auth.uid())::text)',
      (select case when a.atttypid not in ('text'::regtype, 'varchar'::regtype) then '::text' else '' end
         from pg_catalog.pg_attribute a
        where a.attrelid = 'public.module_access'::regclass and a.attname = 'user_id'));
  end if;
end $$;
