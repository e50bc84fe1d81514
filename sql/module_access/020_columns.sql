-- title: module_access has every column that the app names
-- why: A read or a write that names a missing column fails as a whole.
-- check: schema.columns
-- detect
select w.name as item, 'no such column' as detail
  from unnest(array['id', 'user_id', 'module_id', 'access_type', 'token_id', 'expires_at',
                    'is_active', 'created_at', 'updated_at', 'metadata']) with ordinality as w (name, place)
 where to_regclass('public.module_access') is not null
   and not exists (select from pg_catalog.pg_attribute a
                    where a.attrelid = to_regclass('public.module_access')
                      and a.attname = w.name and a.attnum > 0 and not a.attisdropped)
 order by w.place;
-- repair
-- Existing rows take the defaults; an owner or a module cannot be made up, so those stay empty. A row whose end has
-- passed is not called active: the handler would take it for an access and refuse the renewal.
do $$
declare
  activity_is_known boolean := exists (
      select from pg_catalog.pg_attribute a
       where a.attrelid = 'public.module_access'::regclass and a.attname = 'is_active' and not a.attisdropped);
begin
  if not activity_is_known
     and exists (select from pg_catalog.pg_attribute a
                  where a.attrelid = 'public.module_access'::regclass and a.attnum > 0 and not a.attisdropped
                    and /* include schema/state_elsewhere */) then
    raise exception 'another column may say which accesses were withdrawn: add is_active by hand';
  end if;
  execute format(
    'alter table public.module_access
       add column if not exists id serial,
       add column if not exists user_id varchar(255),
       add column if not exists module_id %s,
       add column if not exists access_type varchar(50) default ''purchase'',
       add column if not exists token_id varchar(255),
       add column if not exists expires_at timestamp,
       add column if not exists is_active boolean default true,
       add column if not exists created_at timestamp default current_timestamp,
       add column if not exists updated_at timestamp default current_timestamp,
       add column if not exists metadata jsonb default ''{}''::jsonb',
    (select format_type(a.atttypid, a.atttypmod)
       from pg_catalog.pg_attribute a
      where a.attrelid = to_regclass('public.modules') and a.attname = 'id'));
  if not activity_is_known then
    -- The epoch of a time without a zone is read as UTC, whatever the session's zone.
    update public.module_access m set is_active = false
     where extract(epoch from m.expires_at) <= extract(epoch from now());
  end if;
end $$;
