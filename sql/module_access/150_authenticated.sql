-- title: A signed-in customer may select, and nothing more
-- why: The page reads with the login of the customer; a write right would let customers grant themselves modules.
-- check: permissions.owner-reads
-- detect
select 'authenticated' as item, 'select' as detail
 where not coalesce(has_table_privilege('authenticated', to_regclass('public.module_access')::oid, 'select'), false)
union all
select 'authenticated', w.privilege || ' (too much)'
  from unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as w (privilege)
 where coalesce(has_table_privilege('authenticated', to_regclass('public.module_access')::oid, w.privilege), true);
-- repair
revoke all on public.module_access from authenticated;
grant select on public.module_access to authenticated;
