-- Every table and view that the Data API can serve from the schema public, with its columns, and with the lists of
-- columns that an upsert may name in onConflict: those of whole unique indexes, in the order of their names.
select c.relname::text as name,
       coalesce((select jsonb_agg(a.attname order by a.attnum)
                   from pg_catalog.pg_attribute a
                  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]'::jsonb) as columns,
       coalesce((select jsonb_agg((select string_agg(a.attname, ',' order by a.attname)
                                     from pg_catalog.pg_attribute a
                                    where a.attrelid = c.oid and a.attnum = any (k.columns)))
                   from pg_catalog.pg_index i,
                        lateral (select (string_to_array(i.indkey::text, ' ')::int2[])[1:i.indnkeyatts]) k (columns)
                  where i.indrelid = c.oid and i.indisunique and i.indisvalid
                    and i.indpred is null and i.indexprs is null), '[]'::jsonb) as keys
  from pg_catalog.pg_class c
 where c.relnamespace = to_regnamespace('public') and c.relkind in ('r', 'p', 'v', 'm', 'f')
 order by 1
