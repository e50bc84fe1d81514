-- title: The foreign key of module_id is the one that the app counts on
-- why: One that refers to another table refuses sales; one that does not delete along keeps a module from being removed.
-- check: schema.foreign-key
-- only: a person
-- detect
select k.conname::text as item, pg_catalog.pg_get_constraintdef(k.oid) as detail,
       format('alter table public.module_access drop constraint %I', k.conname) as statement
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)
 where k.conrelid = to_regclass('public.module_access') and k.contype = 'f' and a.attname = 'module_id'
   and not (k.conkey = array[a.attnum] and k.confrelid = to_regclass('public.modules') and k.confdeltype = 'c')
   and not exists (
       select from pg_catalog.pg_constraint o
        where o.conrelid = k.conrelid and o.contype = 'f' and o.conkey = array[a.attnum]
          and o.confrelid = to_regclass('public.modules') and o.confdeltype = 'c')
 order by 1;
