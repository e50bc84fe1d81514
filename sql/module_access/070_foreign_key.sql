-- title: module_access.module_id refers to modules
-- why: An access to a module that is gone shows an empty card, and nothing would stop new ones.
-- check: schema.foreign-key
-- detect
select 'module_id' as item, 'no foreign key to modules (id) that deletes with the module' as detail
 where to_regclass('public.module_access') is not null
   and not exists (
       select from pg_catalog.pg_constraint k
         join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and k.conkey = array[a.attnum]
        where k.conrelid = to_regclass('public.module_access') and k.contype = 'f'
          and a.attname = 'module_id' and k.confrelid = to_regclass('public.modules')
          and k.confdeltype = 'c');
-- repair
-- "not valid" spares the scan of old rows under its lock; 075 checks them.
do $$
declare
  constraint_name name;
begin
  if not exists (
      select from pg_catalog.pg_constraint k
        join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and k.conkey = array[a.attnum]
       where k.conrelid = 'public.module_access'::regclass and k.contype = 'f'
         and a.attname = 'module_id' and k.confrelid = 'public.modules'::regclass and k.confdeltype = 'c') then
    for constraint_name in
        select k.conname from pg_catalog.pg_constraint k
          join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)
         where k.conrelid = 'public.module_access'::regclass and k.contype = 'f' and a.attname = 'module_id' loop
      execute format('alter table public.module_access drop constraint %I', constraint_name);
    end loop;
    alter table public.module_access add constraint module_access_module_id_fkey
      foreign key (module_id) references public.modules (id) on delete cascade not valid;
  end if;
end $$;
