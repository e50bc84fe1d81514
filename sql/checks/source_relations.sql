-- Every table and view that the Data API can serve from the schema public, by name.
select c.relname::text as name
  from pg_catalog.pg_class c
 where c.relnamespace = to_regnamespace('public') and c.relkind in ('r', 'p', 'v', 'm', 'f')
 order by 1
