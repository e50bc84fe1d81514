-- title: module_access.module_id has the type of modules.id
-- why: With another type the foreign key cannot be built, and a text id that starts with a digit is cut to a number: the wrong module is granted.
-- check: schema.types
-- only: --change-types
-- detect
select 'module_id' as item,
       format('%s, but modules.id is %s', format_type(a.atttypid, null), format_type(m.atttypid, null)) as detail
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_attribute m on m.attrelid = to_regclass('public.modules') and m.attname = 'id'
 where a.attrelid = to_regclass('public.module_access') and a.attname = 'module_id' and not a.attisdropped
   and not /* include schema/types_match */;
-- repair
-- Only where every stored value is the id of an existing module; otherwise it stops and changes nothing.
do $$
declare
  strangers text;
begin
  if exists (
      select from pg_catalog.pg_attribute a
        join pg_catalog.pg_attribute m on m.attrelid = 'public.modules'::regclass and m.attname = 'id'
       where a.attrelid = 'public.module_access'::regclass and a.attname = 'module_id'
         and not /* include schema/types_match */) then
    select string_agg(distinct x.module_id::text, ', ') into strangers
      from public.module_access x
     where x.module_id is not null
       and not exists (select from public.modules m where m.id::text = x.module_id::text);
    if strangers is not null then
      raise exception 'module_access holds module ids that modules does not have: %', left(strangers, 200)
        using errcode = 'foreign_key_violation';
    end if;
    alter table public.module_access drop constraint if exists module_access_module_id_fkey;
    execute format('alter table public.module_access alter column module_id type %1$s using module_id::text::%1$s',
      (select format_type(m.atttypid, m.atttypmod) from pg_catalog.pg_attribute m
        where m.attrelid = 'public.modules'::regclass and m.attname = 'id'));
  end if;
end $$;
