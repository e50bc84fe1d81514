-- (a query) The lines that runs left in this database: in the comment of the row type of module_access, which lasts as long
-- as the table, and which neither the Data API nor the dashboard shows.
select l.line
  from pg_catalog.pg_class c
 cross join lateral regexp_split_to_table(obj_description(c.reltype, 'pg_type'), E'\n') as l (line)
 where c.oid = to_regclass('public.module_access')
