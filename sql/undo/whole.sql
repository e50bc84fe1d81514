-- Whether this database user sees, and reaches, every row of module_access: what it is, and whether policies apply to it.
-- "unique_indexes": those that keep a customer from several active accesses to a module, be they half-built.
select c.relkind::text as kind, row_security_active(c.oid) as hidden,
       coalesce((select jsonb_agg(i.relname) from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
                  where x.indrelid = c.oid and x.indisunique
                    and not exists (select from unnest(x.indkey::smallint[]) as k (place)
                                     where k.place not in (select a.attnum from pg_catalog.pg_attribute a
                                                            where a.attrelid = c.oid and a.attname in ('user_id', 'module_id')))),
                '[]'::jsonb)::text as unique_indexes
  from pg_catalog.pg_class c
 where c.oid = to_regclass('public.module_access')
