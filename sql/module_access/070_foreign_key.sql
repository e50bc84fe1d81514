-- title: module_access.module_id refers to modules
-- why: An access to a module that is gone shows an empty card, and nothing would stop new ones.
-- check: schema.foreign-key
-- detect
-- A foreign key of others on module_id stays as it is, and alone (072). Between types that do not fit none can be made.
select 'module_id' as item, 'no foreign key to modules (id) that deletes with the module' as detail
 where to_regclass('public.module_access') is not null
   and not exists (
       select from pg_catalog.pg_constraint k
         join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)
        where k.conrelid = to_regclass('public.module_access') and k.contype = 'f' and a.attname = 'module_id')
   and (/* retyped */ false
        or not exists (select from pg_catalog.pg_attribute a
                        where a.attrelid = to_regclass('public.module_access') and a.attname = 'module_id'
                          and not a.attisdropped)
        or exists (
            select from pg_catalog.pg_attribute a
              join pg_catalog.pg_attribute m on m.attrelid = to_regclass('public.modules') and m.attname = 'id'
             where a.attrelid = to_regclass('public.module_access') and a.attname = 'module_id'
               and (a.atttypid = m.atttypid
                    or a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
                       and m.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
                    or a.atttypid in ('text'::regtype, 'varchar'::regtype)
                       and m.atttypid in ('text'::regtype, 'varchar'::regtype))));
-- repair
-- "not valid" spares the scan of old rows under its lock; 075 checks them.
do $$
begin
  if not exists (
      select from pg_catalog.pg_constraint k
        join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)
       where k.conrelid = 'public.module_access'::regclass and k.contype = 'f' and a.attname = 'module_id')
     and exists (
      select from pg_catalog.pg_attribute a
        join pg_catalog.pg_attribute m on m.attrelid = 'public.modules'::regclass and m.attname = 'id'
       where a.attrelid = 'public.module_access'::regclass and a.attname = 'module_id'
         and (a.atttypid = m.atttypid
              or a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
                 and m.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
              or a.atttypid in ('text'::regtype, 'varchar'::regtype)
                 and m.atttypid in ('text'::regtype, 'varchar'::regtype))) then
    alter table public.module_access add constraint module_access_module_id_fkey
      foreign key (module_id) references public.modules (id) on delete cascade not valid;
  end if;
end $$;
