-- title: The server may read and write module_access
-- why: New tables are granted to no role; bypassing row level security is not a grant.
-- check: permissions.service-role
-- detect
select 'service_role' as item, w.privilege as detail
  from unnest(array['select', 'insert', 'update', 'delete']) with ordinality as w (privilege, place)
 where not coalesce(has_table_privilege('service_role', to_regclass('public.module_access')::oid, w.privilege), false)
union all
select 'service_role', 'usage on the sequence of id'
 where exists (
     select from (select to_regclass(pg_get_serial_sequence('public.module_access', 'id')) as name
                   where exists (select from pg_catalog.pg_attribute a
                                  where a.attrelid = to_regclass('public.module_access')
                                    and a.attname = 'id' and not a.attisdropped and a.attidentity = '')) own
      where own.name is not null
        and not (has_sequence_privilege('service_role', own.name::oid, 'usage')
                 and has_sequence_privilege('service_role', own.name::oid, 'select')));
-- repair
grant select, insert, update, delete on public.module_access to service_role;
do $$
declare
  own regclass := to_regclass(pg_get_serial_sequence('public.module_access', 'id'));
begin
  if own is not null then
    execute format('grant usage, select on sequence %s to service_role', own);
  end if;
end $$;
