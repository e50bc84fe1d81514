-- The right to select shows customers no more than they see already, or than own rows.
(pg_catalog.has_table_privilege((select r.oid from pg_catalog.pg_roles r where r.rolname = 'authenticated'),
                                to_regclass('public.module_access')::oid, 'select')
 or not exists (select from (/* include schema/customers_policies */) p where not p.own_rows))
