-- title: The defaults of module_access are there
-- why: The token route and the handler leave columns out; a missing default makes the row invisible or refuses it.
-- check: schema.columns
-- needs: table
-- detect
select a.attname::text as item, 'no default' as detail
  from pg_catalog.pg_attribute a
 where a.attrelid = to_regclass('public.module_access') and a.attnum > 0 and not a.attisdropped
   and a.attname in ('access_type', 'is_active', 'created_at', 'updated_at', 'metadata')
   and not a.atthasdef
   -- No default makes a number an answer to whether an access is active: its type is the fault then.
   and (a.attname <> 'is_active' or a.atttypid in ('boolean'::regtype, 'text'::regtype, 'varchar'::regtype))
   -- What a condition of others says of the column, the default may not meet (042).
   and not exists (select from pg_catalog.pg_constraint k
                    where k.conrelid = a.attrelid and k.contype = 'c' and a.attnum = any (k.conkey)
                      and (a.attname <> 'is_active' or cardinality(k.conkey) > 1))
union all
select a.attname::text, 'no default'
  from pg_catalog.pg_attribute a
 where a.attrelid = to_regclass('public.module_access') and a.attname = 'id' and not a.attisdropped
   and not a.atthasdef and a.attidentity = ''
union all
-- Rows without an owner stay as they are, and the column open, until a person has looked at them. A column that is
-- about to be added is empty in every row: "fallback" answers for it.
select 'user_id', 'may be empty'
 where not exists (select from pg_catalog.pg_attribute a
                    where a.attrelid = to_regclass('public.module_access') and a.attname = 'user_id' and a.attnotnull)
   and not exists (select from (values (null::text)) as fallback (user_id)
                    cross join lateral (select user_id::text as owner from public.module_access m) r
                    where r.owner is null);
-- repair
-- A default that is there stays.
do $$
declare
  wanted record;
  owner name := (select pg_catalog.pg_get_userbyid(c.relowner) from pg_catalog.pg_class c
                  where c.oid = 'public.module_access'::regclass);
  id_type regtype := (select a.atttypid from pg_catalog.pg_attribute a
                       where a.attrelid = 'public.module_access'::regclass and a.attname = 'id');
  id_ready boolean := (select a.atthasdef or a.attidentity <> '' from pg_catalog.pg_attribute a
                        where a.attrelid = 'public.module_access'::regclass and a.attname = 'id');
  sequence_name text := 'module_access_id_seq';
begin
  for wanted in
      select w.name, w.expression
        from (values ('access_type', '''purchase'''), ('is_active', 'true'), ('created_at', 'current_timestamp'),
                     ('updated_at', 'current_timestamp'), ('metadata', '''{}''::jsonb')) as w (name, expression)
        join pg_catalog.pg_attribute a
          on a.attrelid = 'public.module_access'::regclass and a.attname = w.name and not a.attisdropped
        left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
       where d.oid is null
         and (a.attname <> 'is_active' or a.atttypid in ('boolean'::regtype, 'text'::regtype, 'varchar'::regtype))
         and not exists (select from pg_catalog.pg_constraint k
                          where k.conrelid = a.attrelid and k.contype = 'c' and a.attnum = any (k.conkey)
                      and (a.attname <> 'is_active' or cardinality(k.conkey) > 1)) loop
    execute format('alter table public.module_access alter column %I set default %s', wanted.name, wanted.expression);
  end loop;
  if not id_ready then
    if id_type = 'uuid'::regtype then
      alter table public.module_access alter column id set default gen_random_uuid();
    elsif id_type in ('text'::regtype, 'varchar'::regtype) then
      alter table public.module_access alter column id set default gen_random_uuid()::text;
    else
      -- A table that was set aside under another name may still hold the usual name.
      for number in 1 .. 1000 loop
        exit when to_regclass(format('public.%I', sequence_name)) is null;
        sequence_name := 'module_access_id_seq' || number;
      end loop;
      execute format('create sequence public.%I', sequence_name);
      if owner <> current_user then
        execute format('alter sequence public.%I owner to %I', sequence_name, owner);
      end if;
      execute format('alter sequence public.%I owned by public.module_access.id', sequence_name);
      execute format('alter table public.module_access alter column id set default nextval(%L::regclass)',
                     format('public.%I', sequence_name));
      perform setval(format('public.%I', sequence_name)::regclass, max(m.id)::bigint)
         from public.module_access m having max(m.id) > 0;
    end if;
  end if;
  if not exists (select from public.module_access m where m.user_id is null) then
    alter table public.module_access alter column user_id set not null;
  end if;
end $$;
