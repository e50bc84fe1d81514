-- title: The foreign key is checked against the rows that were there before it
-- why: PostgreSQL relies on a foreign key, and says so to others, only once all rows were held against it.
-- check: schema.foreign-key
-- needs: table
-- detect
-- Rows of a module that is gone stay as they are, and the foreign key unchecked. A column that is about to be added
-- is empty in every row: "fallback" answers for it. A foreign key of another name is another's.
select 'module_id' as item, 'the rows that were there before were not checked' as detail
 where (exists (
        select from pg_catalog.pg_constraint k
          join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and k.conkey = array[a.attnum]
         where k.conrelid = to_regclass('public.module_access') and k.contype = 'f' and not k.convalidated
           and k.conname = 'module_access_module_id_fkey' and a.attname = 'module_id'
           and k.confrelid = to_regclass('public.modules') and k.confdeltype = 'c')
        -- 070 is about to make one.
        or not exists (
            select from pg_catalog.pg_constraint k
              join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)
             where k.conrelid = to_regclass('public.module_access') and k.contype = 'f' and a.attname = 'module_id')
        and (/* retyped */ false
             or not exists (select from pg_catalog.pg_attribute a
                             where a.attrelid = to_regclass('public.module_access') and a.attname = 'module_id'
                               and not a.attisdropped)
             or exists (
                 select from pg_catalog.pg_attribute a
                   join pg_catalog.pg_attribute m on m.attrelid = to_regclass('public.modules') and m.attname = 'id'
                  where a.attrelid = to_regclass('public.module_access') and a.attname = 'module_id'
                    and (a.atttypid = m.atttypid
                         or a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
                            and m.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
                         or a.atttypid in ('text'::regtype, 'varchar'::regtype)
                            and m.atttypid in ('text'::regtype, 'varchar'::regtype)))))
   and not exists (
     select from (values (null::text)) as fallback (module_id)
      cross join lateral (select module_id::text as module from public.module_access m) x
      where x.module is not null
        and not exists (select from public.modules m where m.id::text = x.module));
-- repair
do $$
declare
  constraint_name name;
begin
  for constraint_name in
      select k.conname
        from pg_catalog.pg_constraint k
        join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and k.conkey = array[a.attnum]
       where k.conrelid = 'public.module_access'::regclass and k.contype = 'f' and not k.convalidated
         and k.conname = 'module_access_module_id_fkey' and a.attname = 'module_id'
         and k.confrelid = 'public.modules'::regclass and k.confdeltype = 'c' loop
    if not exists (select from public.module_access x
                    where x.module_id is not null
                      and not exists (select from public.modules m where m.id::text = x.module_id::text)) then
      execute format('alter table public.module_access validate constraint %I', constraint_name);
    end if;
  end loop;
end $$;
