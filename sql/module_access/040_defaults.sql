-- title: The defaults of module_access are there
-- why: The token route and the handler leave columns out; a missing default makes the row invisible or refuses it.
-- check: schema.columns
-- detect
select a.attname::text as item, 'no default' as detail
  from pg_catalog.pg_attribute a
 where a.attrelid = to_regclass('public.module_access') and a.attnum > 0 and not a.attisdropped
   and a.attname in ('access_type', 'is_active', 'created_at', 'updated_at', 'metadata')
   and not a.atthasdef
union all
select a.attname::text, 'no default'
  from pg_catalog.pg_attribute a
 where a.attrelid = to_regclass('public.module_access') and a.attname = 'id' and not a.attisdropped
   and not a.atthasdef and a.attidentity = ''
union all
select 'user_id', 'may be empty'
  from pg_catalog.pg_attribute a
 where a.attrelid = to_regclass('public.module_access') and a.attname = 'user_id'
   and not a.attisdropped and not a.attnotnull;
-- repair
do $$
declare
  id_type regtype := (select a.atttypid from pg_catalog.pg_attribute a
                       where a.attrelid = 'public.module_access'::regclass and a.attname = 'id');
  id_ready boolean := (select a.atthasdef or a.attidentity <> '' from pg_catalog.pg_attribute a
                        where a.attrelid = 'public.module_access'::regclass and a.attname = 'id');
begin
  alter table public.module_access
    alter column access_type set default 'purchase',
    alter column is_active set default true,
    alter column created_at set default current_timestamp,
    alter column updated_at set default current_timestamp,
    alter column metadata set default '{}'::jsonb;
  if not id_ready then
    if id_type = 'uuid'::regtype then
      alter table public.module_access alter column id set default gen_random_uuid();
    elsif id_type in ('text'::regtype, 'varchar'::regtype) then
      alter table public.module_access alter column id set default gen_random_uuid()::text;
    else
      create sequence if not exists public.module_access_id_seq;
      alter sequence public.module_access_id_seq owned by public.module_access.id;
      alter table public.module_access
        alter column id set default nextval('public.module_access_id_seq'::regclass);
      perform setval('public.module_access_id_seq',
                     greatest((select max(m.id) from public.module_access m), 1));
    end if;
  end if;
  if exists (select from pg_catalog.pg_attribute a
              where a.attrelid = 'public.module_access'::regclass
                and a.attname = 'user_id' and not a.attnotnull) then
    alter table public.module_access alter column user_id set not null;
  end if;
end $$;
