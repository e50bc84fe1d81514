-- title: module_access has a primary key
-- why: Rows without an identity cannot be updated one at a time, nor paged.
-- check: schema.columns
-- detect
select 'id' as item, 'no primary key' as detail
 where to_regclass('public.module_access') is not null
   and not exists (select from pg_catalog.pg_constraint k
                    where k.conrelid = to_regclass('public.module_access') and k.contype = 'p');
-- repair
do $$
begin
  if not exists (select from pg_catalog.pg_constraint k
                  where k.conrelid = 'public.module_access'::regclass and k.contype = 'p') then
    alter table public.module_access add primary key (id);
  end if;
end $$;
