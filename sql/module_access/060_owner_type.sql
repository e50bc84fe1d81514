-- title: module_access.user_id and token_id are text
-- why: The page, the handler and the policy compare the owner as text with the login; the app's token ids are text.
-- check: schema.types
-- detect
select a.attname::text as item,
       format_type(a.atttypid, a.atttypmod)
       || coalesce((select format(' (named by %s)', string_agg(distinct coalesce(p.polname, k.conname), ', '))
                      from pg_catalog.pg_depend d
                      left join pg_catalog.pg_policy p
                        on d.classid = 'pg_policy'::regclass and p.oid = d.objid and p.polrelid = a.attrelid
                      left join pg_catalog.pg_constraint k
                        on d.classid = 'pg_constraint'::regclass and k.oid = d.objid and k.conrelid = a.attrelid
                       and k.contype = 'f'
                     where d.refclassid = 'pg_class'::regclass and d.refobjid = a.attrelid
                       and d.refobjsubid = a.attnum and coalesce(p.oid, k.oid) is not null
                    having count(*) > 0), '') as detail
  from pg_catalog.pg_attribute a
 where a.attrelid = to_regclass('public.module_access') and a.attname in ('user_id', 'token_id')
   and not a.attisdropped
   and not (a.atttypid = 'text'::regtype
            or a.atttypid = 'varchar'::regtype and (a.atttypmod = -1 or a.atttypmod >= 255 + 4));
-- repair
-- Every value keeps its text. A policy or a foreign key that names the column hinders the change and goes; customers
-- keep the right to read own rows.
do $$
declare
  changing record;
  leftover name;
  policies_went boolean := false;
begin
  for changing in
      select a.attname as name, a.attnum as place
        from pg_catalog.pg_attribute a
       where a.attrelid = 'public.module_access'::regclass and a.attname in ('user_id', 'token_id')
         and not a.attisdropped
         and not (a.atttypid = 'text'::regtype
                  or a.atttypid = 'varchar'::regtype and (a.atttypmod = -1 or a.atttypmod >= 255 + 4)) loop
    for leftover in
        select distinct p.polname from pg_catalog.pg_policy p
          join pg_catalog.pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid
         where p.polrelid = 'public.module_access'::regclass
           and d.refclassid = 'pg_class'::regclass and d.refobjid = p.polrelid
           and d.refobjsubid = changing.place loop
      execute format('drop policy %I on public.module_access', leftover);
      policies_went := true;
    end loop;
    for leftover in
        select k.conname from pg_catalog.pg_constraint k
         where k.conrelid = 'public.module_access'::regclass and k.contype = 'f'
           and changing.place = any (k.conkey) loop
      execute format('alter table public.module_access drop constraint %I', leftover);
    end loop;
    execute format('alter table public.module_access alter column %I drop default', changing.name);
    execute format('alter table public.module_access alter column %1$I type varchar(255) using %1$I::text',
                   changing.name);
  end loop;
  if policies_went then
    drop policy if exists module_access_owner_reads on public.module_access;
    create policy module_access_owner_reads on public.module_access
      for select to authenticated using (user_id = (select auth.uid())::text);
  end if;
end $$;
