-- The types of module_id and of modules.id let a foreign key be made.
exists (
    select from pg_catalog.pg_attribute a
      join pg_catalog.pg_attribute m on m.attrelid = to_regclass('public.modules') and m.attname = 'id'
     where a.attrelid = to_regclass('public.module_access') and a.attname = 'module_id'
       and /* include schema/types_match */)
