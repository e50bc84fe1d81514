-- What the Data API can know of: relations of the exposed schema and their columns. Not filtered by grants.
select c.relname as relation, array_agg(a.attname::text order by a.attnum) as columns
from pg_catalog.pg_class as c
join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
group by c.relname
