-- Every table and view that the Data API can serve from the schema public, with its columns, those of them that hold a
-- moment, and with the lists of columns that an upsert may name in onConflict: those of whole unique indexes, in the
-- order of their names. `embeds`: by which names a select may embed other relations, over a foreign key of either side,
-- the name of one or its column, or a table that refers to both; null where functions or views may add others.
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
                    and i.indpred is null and i.indexprs is null), '[]'::jsonb) as keys,
       coalesce((select jsonb_agg(a.attname order by a.attnum)
                   from pg_catalog.pg_attribute a
                  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                    and a.atttypid in ('timestamp'::regtype, 'timestamptz'::regtype, 'date'::regtype)),
                '[]'::jsonb) as moments,
       case when c.relkind in ('r', 'p')
             and not exists (select from pg_catalog.pg_proc p where p.pronargs = 1 and p.proargtypes[0] = c.reltype)
            then coalesce((select jsonb_agg(distinct n.name)
                             from pg_catalog.pg_constraint f,
                                  lateral (select o.relname as name
                                             from pg_catalog.pg_class o
                                            where o.oid in (f.confrelid, f.conrelid)
                                              and (o.oid <> c.oid or f.confrelid = f.conrelid)
                                           union all
                                           select f.conname
                                           union all
                                           select a.attname from pg_catalog.pg_attribute a
                                            where a.attrelid = f.conrelid and f.conkey = array[a.attnum]
                                           union all
                                           select o.relname
                                             from pg_catalog.pg_constraint g join pg_catalog.pg_class o on o.oid = g.confrelid
                                            where g.contype = 'f' and g.conrelid = f.conrelid and g.oid <> f.oid
                                              and f.confrelid = c.oid) n
                            where f.contype = 'f' and c.oid in (f.conrelid, f.confrelid)), '[]'::jsonb)
       end as embeds
  from pg_catalog.pg_class c
 where c.relnamespace = to_regnamespace('public') and c.relkind in ('r', 'p', 'v', 'm', 'f')
 order by 1
