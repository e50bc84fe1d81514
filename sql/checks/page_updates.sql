-- What signed-in customers, or the public, changed of module_access by statements of their own, by pg_stat_statements:
-- one row per role and command, with the columns that updates name; none without the extension. The extension may be in
-- any schema, so its view is named in a text, which query_to_xml runs; the JSON in it holds nothing that XML would write
-- in another way. What is only explained, and what this tool marked as its trial, is left out.
select s.role, s.command, s.calls::int as calls, s.since, s.columns
  from (select n.nspname::text as schema
          from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
         where e.extname = 'pg_stat_statements') place
 cross join lateral json_to_recordset(substring(query_to_xml(format($query$
    select coalesce(json_agg(t), '[]') as found
      from (select role, command, sum(calls) as calls, min(since) as since,
                   coalesce(string_agg(distinct columns, ','), '') as columns
              from (select r.rolname::text as role, p.calls, k.command,
                           (select to_char(stats_reset at time zone 'utc', 'YYYY-MM-DD') from %1$I.pg_stat_statements_info) as since,
                           (select string_agg(distinct c.found[1], ',')
                              from regexp_matches(substring(p.query from '(?i)update\s+"?public"?\."?module_access"?\s+(?:as\s+\w+\s+)?set\s+(.*?)\s+(?:from|where|returning)\y'),
                                                  '(?:^|,)\s*"?(\w+)"?\s*=', 'g') as c (found)) as columns
                      from %1$I.pg_stat_statements p join pg_catalog.pg_roles r on r.oid = p.userid
                      join (values ('insert', 'insert\s+into\s+"?public"?\."?module_access"?\W'),
                                   ('update', 'update\s+"?public"?\."?module_access"?\W'),
                                   ('delete', 'delete\s+from\s+"?public"?\."?module_access"?\W'),
                                   ('select', 'from\s+"?public"?\."?module_access"?\W')) as k (command, pattern)
                        on p.query ~* k.pattern
                     where p.dbid = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
                       and r.rolname in ('anon', 'authenticated')
                       and not (k.command = 'select' and p.query ~* '\y(insert|update|delete)\s')
                       and p.query !~* '^\s*explain\s' and p.query !~* 'iahome[-_]fix') one
             group by role, command) t
    $query$, place.schema), true, false, '')::text from '<found>(.*)</found>')::json)
       as s (role text, command text, calls bigint, since text, columns text)
 order by 1, 2
