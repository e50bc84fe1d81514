-- The foreign key that this tool makes is there, and the rows from before it were not held against it.
exists (
    select from pg_catalog.pg_constraint k
      join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and k.conkey = array[a.attnum]
     where k.conrelid = to_regclass('public.module_access') and k.contype = 'f' and not k.convalidated
       and k.conname = 'module_access_module_id_fkey' and a.attname = 'module_id'
       and k.confrelid = to_regclass('public.modules') and k.confdeltype = 'c')
