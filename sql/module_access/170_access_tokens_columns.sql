-- title: access_tokens has the columns that the app writes
-- why: The token route names created_by and metadata; without them no token is made and a backfill has no owner to copy.
-- check: schema.columns
-- detect
select 'access_tokens.' || w.name as item, 'no such column' as detail
  from unnest(array['created_by', 'metadata']) with ordinality as w (name, place)
 where exists (select from pg_catalog.pg_class c
                where c.oid = to_regclass('public.access_tokens') and c.relkind in ('r', 'p'))
   and not exists (select from pg_catalog.pg_attribute a
                    where a.attrelid = to_regclass('public.access_tokens')
                      and a.attname = w.name and a.attnum > 0 and not a.attisdropped)
 order by w.place;
-- repair
-- Owners that were lost with the column cannot be guessed; those tokens stay without one.
do $$
begin
  if exists (select from pg_catalog.pg_class c
              where c.oid = to_regclass('public.access_tokens') and c.relkind in ('r', 'p')) then
    alter table public.access_tokens
      add column if not exists created_by varchar(255),
      add column if not exists metadata jsonb default '{}'::jsonb;
  end if;
end $$;
