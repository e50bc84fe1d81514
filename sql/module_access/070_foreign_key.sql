-- title: module_access.module_id refers to modules
-- why: An access to a module that is gone shows an empty card, and nothing would stop new ones.
-- check: schema.foreign-key
-- detect
-- A foreign key of others on module_id stays as it is, and alone (072). Between types that do not fit none can be made.
select 'module_id' as item, 'no foreign key to modules (id) that deletes with the module' as detail
 where to_regclass('public.module_access') is not null
   and /* include schema/module_key_is_due */;
-- repair
-- "not valid" spares the scan of old rows under its lock; 075 checks them.
do $$
begin
  if not /* include schema/module_key_is_there */
     and /* include schema/module_types_match */ then
    alter table public.module_access add constraint module_access_module_id_fkey
      foreign key (module_id) references public.modules (id) on delete cascade not valid;
  end if;
end $$;
