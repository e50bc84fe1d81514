-- title: module_access.user_id and token_id are text
-- why: The page, the handler and the policy compare the owner as text with the id of the login; the app's token ids are text.
-- check: schema.types
-- only: --change-types
-- detect
select a.attname::text as item,
       format_type(a.atttypid, a.atttypmod) as detail
  from pg_catalog.pg_attribute a
 where a.attrelid = to_regclass('public.module_access') and a.attname in ('user_id', 'token_id')
   and not a.attisdropped
   and not /* include schema/is_text */;
-- repair
-- Every value keeps its text. Only this tool's own policy goes and comes back; 005 refuses where another names them.
do $$
declare
  changing record;
  policy_went boolean := false;
begin
  for changing in
      select a.attname as name
        from pg_catalog.pg_attribute a
       where a.attrelid = 'public.module_access'::regclass and a.attname in ('user_id', 'token_id')
         and not a.attisdropped
         and not /* include schema/is_text */ loop
    if changing.name = 'user_id' and exists (
        select from pg_catalog.pg_policy p
         where p.polrelid = 'public.module_access'::regclass and p.polname = 'module_access_owner_reads') then
      drop policy module_access_owner_reads on public.module_access;
      policy_went := true;
    end if;
    execute format('alter table public.module_access alter column %1$I type varchar(255) using %1$I::text',
                   changing.name);
  end loop;
  if policy_went then
    create policy module_access_owner_reads on public.module_access
      for select to authenticated using (user_id = (select auth.uid())::text);
  end if;
end $$;
