-- title: The table module_access exists
-- why: The webhook writes each purchase into it and the page reads it; without it nobody sees a module.
-- check: schema.module-access
-- detect
select 'module_access' as item, 'no such table' as detail
 where to_regclass('public.module_access') is null;
-- repair
-- The module key has the type that modules.id really has.
do $$
begin
  if to_regclass('public.module_access') is null then
    execute format(
      'create table public.module_access (
         id serial primary key,
         user_id varchar(255) not null,
         module_id %s references public.modules (id) on delete cascade,
         access_type varchar(50) default ''purchase'',
         token_id varchar(255),
         expires_at timestamp,
         is_active boolean default true,
         created_at timestamp default current_timestamp,
         updated_at timestamp default current_timestamp,
         metadata jsonb default ''{}''::jsonb)',
      (select format_type(a.atttypid, a.atttypmod)
         from pg_catalog.pg_attribute a
        where a.attrelid = to_regclass('public.modules') and a.attname = 'id'));
  end if;
end $$;
