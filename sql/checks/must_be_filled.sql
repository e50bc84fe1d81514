-- Columns of module_access that may not be empty, have no default, and that the webhook's handler does not name.
select a.attname::text as name
  from pg_catalog.pg_attribute a
 where a.attrelid = to_regclass('public.module_access') and a.attnum > 0 and not a.attisdropped
   and a.attnotnull and not a.atthasdef and a.attidentity = '' and a.attgenerated = ''
   and a.attname not in ('id', 'user_id', 'module_id', 'access_type', 'expires_at', 'is_active', 'metadata')
 order by a.attnum
