-- A foreign key stands on module_id, whosever it is.
exists (
    select from pg_catalog.pg_constraint k
      join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)
     where k.conrelid = to_regclass('public.module_access') and k.contype = 'f' and a.attname = 'module_id')
