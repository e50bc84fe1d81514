-- title: access_tokens.id takes the ids that the app makes
-- why: The token route writes ids of the form token_…; a number column refuses them, and no token is made.
-- check: schema.types
-- only: --change-types
-- detect
select 'access_tokens.id' as item, format_type(a.atttypid, null) as detail
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
 where a.attrelid = to_regclass('public.access_tokens') and a.attname = 'id' and not a.attisdropped
   and a.atttypid not in ('text'::regtype, 'varchar'::regtype);
-- repair
-- Every stored id keeps its value, as text.
do $$
begin
  if exists (select from pg_catalog.pg_attribute a
               join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
              where a.attrelid = to_regclass('public.access_tokens') and a.attname = 'id'
                and not a.attisdropped and a.atttypid not in ('text'::regtype, 'varchar'::regtype)) then
    alter table public.access_tokens alter column id drop identity if exists;
    alter table public.access_tokens alter column id drop default;
    alter table public.access_tokens alter column id type text using id::text;
    alter table public.access_tokens alter column id set default gen_random_uuid()::text;
  end if;
end $$;
