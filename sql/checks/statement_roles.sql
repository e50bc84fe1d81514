-- Which role of the Data API ran how many of the handler's statements, by pg_stat_statements: one row per role and
-- kind (the table of an insert, or `customer` for a look into profiles by the address); none without the extension.
-- The extension may be in any schema, so its view is named in a text, which query_to_xml runs; the JSON in it holds
-- nothing that XML would write in another way. Failed statements are not counted there; what is only explained, or
-- carries the marker of this tool's trials (systems/acting), is no trace of the app.
select s.role, s.kind, s.calls::int as calls, s.since
  from (select n.nspname::text as schema
          from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
         where e.extname = 'pg_stat_statements') place
 cross join lateral json_to_recordset(substring(query_to_xml(format($query$
    select coalesce(json_agg(t), '[]') as found
      from (select role, kind, sum(calls) as calls,
                   (select to_char(stats_reset at time zone 'utc', 'YYYY-MM-DD') from %1$I.pg_stat_statements_info) as since
              from (select r.rolname::text as role, p.calls,
                           case when p.query ~* 'insert\s+into\s+"?public"?\."?module_access"?\s*\('
                                 and p.query !~* 'module_access"?\s*\([^)]*token_id' then 'module_access'
                                when p.query ~* 'insert\s+into\s+"?public"?\."?user_applications"?\s*\('
                                then 'user_applications'
                                when p.query ~* 'insert\s+into\s+"?public"?\."?payments"?\s*\(' then 'payments'
                                when p.query ~* 'from\s+"?public"?\."?profiles"?\s.*\yemail"?\s*=\s*\$'
                                 and p.query !~* '\y(insert|update|delete)\s' then 'customer' end as kind
                      from %1$I.pg_stat_statements p join pg_catalog.pg_roles r on r.oid = p.userid
                     where p.dbid = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
                       and r.rolname in ('anon', 'service_role')
                       and p.query !~* '^\s*explain\s'
                       and strpos(p.query, 'iahome-fix: a trial') = 0) one
             where kind is not null
             group by role, kind) t
    $query$, place.schema), true, false, '')::text from '<found>(.*)</found>')::json)
       as s (role text, kind text, calls bigint, since text)
 order by 1, 2
