-- There is none, and one can be made once the columns are as they have to be.
(not /* include schema/module_key_is_there */
 and (/* retyped */ false
      or not exists (select from pg_catalog.pg_attribute a
                      where a.attrelid = to_regclass('public.module_access') and a.attname = 'module_id'
                        and not a.attisdropped)
      or /* include schema/module_types_match */))
