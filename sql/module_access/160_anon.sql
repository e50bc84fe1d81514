-- title: The public has no right to module_access
-- why: The anon key is in every visitor's browser.
-- check: permissions.anon
-- detect
select 'anon' as item, w.privilege || ' (too much)' as detail
  from unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) with ordinality as w (privilege, place)
 where coalesce(has_table_privilege('anon', to_regclass('public.module_access')::oid, w.privilege), true);
-- repair
revoke all on public.module_access from anon, public;
do $$
declare
  own regclass := to_regclass(pg_get_serial_sequence('public.module_access', 'id'));
begin
  if own is not null then
    execute format('revoke all on sequence %s from anon, authenticated', own);
  end if;
end $$;
