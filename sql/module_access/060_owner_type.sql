-- title: module_access.user_id is text
-- why: The page, the handler and the policy compare it as text with the id of the login.
-- check: schema.types
-- detect
select 'user_id' as item, format_type(a.atttypid, null) as detail
  from pg_catalog.pg_attribute a
 where a.attrelid = to_regclass('public.module_access') and a.attname = 'user_id' and not a.attisdropped
   and a.atttypid = 'uuid'::regtype;
-- repair
-- A policy or a foreign key on the column hinders the change of its type; 130 puts the policy back.
do $$
declare
  leftover name;
begin
  if exists (select from pg_catalog.pg_attribute a
              where a.attrelid = 'public.module_access'::regclass and a.attname = 'user_id'
                and a.atttypid = 'uuid'::regtype) then
    for leftover in
        select p.polname from pg_catalog.pg_policy p where p.polrelid = 'public.module_access'::regclass loop
      execute format('drop policy %I on public.module_access', leftover);
    end loop;
    for leftover in
        select k.conname from pg_catalog.pg_constraint k
          join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)
         where k.conrelid = 'public.module_access'::regclass and k.contype = 'f' and a.attname = 'user_id' loop
      execute format('alter table public.module_access drop constraint %I', leftover);
    end loop;
    alter table public.module_access alter column user_id type varchar(255) using user_id::text;
  end if;
end $$;
