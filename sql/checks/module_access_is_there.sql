-- Is there a plain table module_access?
select exists (select from pg_catalog.pg_class c
                where c.oid = to_regclass('public.module_access') and c.relkind = 'r') as found
