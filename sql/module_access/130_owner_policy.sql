-- title: A signed-in customer may read own rows
-- why: Row level security hides everything from a role that no policy lets in, without an error.
-- check: permissions.owner-reads
-- detect
-- A policy that lets anything be read as authenticated decides who sees what, whatever it says: nothing is put beside it.
select 'module_access' as item, 'no policy lets a signed-in customer read' as detail
 where not /* include schema/read_policy_is_there */;
-- repair
-- Ids are compared as text, whatever type the column has.
do $$
begin
  if not /* include schema/read_policy_is_there */ then
    drop policy if exists module_access_owner_reads on public.module_access;
    execute format(
      'create policy module_access_owner_reads on public.module_access
         for select to authenticated using (user_id%s = (select auth.uid())::text)',
      (select case when a.atttypid not in ('text'::regtype, 'varchar'::regtype) then '::text' else '' end
         from pg_catalog.pg_attribute a
        where a.attrelid = 'public.module_access'::regclass and a.attname = 'user_id'));
  end if;
end $$;
