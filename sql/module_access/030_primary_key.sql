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
declare
  repeated text;
begin
  if not exists (select from pg_catalog.pg_constraint k
                  where k.conrelid = 'public.module_access'::regclass and k.contype = 'p') then
    select string_agg(coalesce(x.id, 'none'), ', ') into repeated
      from (select m.id::text as id from public.module_access m
             group by m.id having count(*) > 1 or m.id is null order by m.id limit 10) x;
    if repeated is not null then
      raise exception 'module_access holds rows without an id of their own: %', repeated
        using errcode = 'unique_violation';
    end if;
    alter table public.module_access add primary key (id);
  end if;
end $$;
