-- Columns of the table of accesses that may not be empty, have no default, and that the webhook's handler does not name.
select a.attname::text as name
  from pg_catalog.pg_attribute a
 where a.attrelid = to_regclass('/* profile table */') and a.attnum > 0 and not a.attisdropped
   and a.attnotnull and not a.atthasdef and a.attidentity = '' and a.attgenerated = ''
   and a.attname not in (/* profile filled */)
 order by a.attnum
