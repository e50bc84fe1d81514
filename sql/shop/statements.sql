-- Which tables of accesses customers read, and the app's server writes, by pg_stat_statements; none without the
-- extension. What is only explained, or carries the marker of this tool's trials, is no trace of the app. The view is
-- named in a text, which query_to_xml runs, as the extension may be in any schema.
select s.name, s.reads::bigint as reads, s.writes::bigint as writes
  from (select n.nspname::text as schema
          from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
         where e.extname = 'pg_stat_statements') place
 cross join lateral json_to_recordset(substring(query_to_xml(format($query$
    select coalesce(json_agg(t), '[]') as found
      from (select w.name,
                   sum(p.calls) filter (where r.rolname in ('anon', 'authenticated')
                                          and p.query ~* ('from\s+"?public"?\."?' || w.name || '"?\W')
                                          and p.query ~* '\yuser_id"?\s*=\s*'
                                          and p.query !~* '\y(insert|update|delete)\s') as reads,
                   sum(p.calls) filter (where r.rolname in ('anon', 'service_role')
                                          and p.query ~* ('insert\s+into\s+"?public"?\."?' || w.name || '"?\s*\(')) as writes
              from unnest(array[/* profile other_tables */]) as w (name)
             cross join %1$I.pg_stat_statements p
              join pg_catalog.pg_roles r on r.oid = p.userid
             where p.dbid = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
               and p.query !~* '^\s*explain\s'
               and strpos(p.query, 'iahome-fix: a trial') = 0
             group by w.name) t
    $query$, place.schema), true, false, '')::text from '<found>(.*)</found>')::json)
       as s (name text, reads numeric, writes numeric)
