-- Columns of module_access that may not be empty, have no default, and are named by no statement of the app.
select a.attname::text as name
  from pg_catalog.pg_attribute a
 where a.attrelid = to_regclass('public.module_access') and a.attnum > 0 and not a.attisdropped
   and a.attnotnull and not a.atthasdef and a.attidentity = '' and a.attgenerated = ''
   and a.attname not in ('id', 'user_id', 'module_id', 'access_type', 'token_id', 'expires_at', 'is_active', 'metadata')
 order by a.attnum
