-- How many times pg_stat_statements dropped the least used statements for want of room, since it counts; no row where it
-- does not tell. Its view may be in any schema, as in page_updates.
select coalesce(substring(query_to_xml(format('select dealloc as found from %I.pg_stat_statements_info', n.nspname),
                                       true, false, '')::text from '<found>(\d+)</found>'), '0')::bigint as dropped
  from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
 where e.extname = 'pg_stat_statements'
   and to_regclass(format('%I.pg_stat_statements_info', n.nspname)) is not null
