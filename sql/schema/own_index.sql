-- Index i with the name of c is called as this tool calls its own, whatever number stands behind.
regexp_replace(c.relname, '_[2-9]$', '')
in (select 'idx_module_access_' || a.attname from pg_catalog.pg_attribute a where a.attrelid = i.indrelid
     union all select 'idx_module_access_unique_user_module')
