-- title: Row level security is on
-- why: Without it anyone with the public key that ships in the page can read and write every access.
-- check: permissions.row-level-security
-- detect
select 'module_access' as item, 'row level security is off' as detail
 where not coalesce((select c.relrowsecurity from pg_catalog.pg_class c
                      where c.oid = to_regclass('public.module_access')), false);
-- repair
alter table public.module_access enable row level security;
