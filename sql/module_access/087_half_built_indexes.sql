-- title: No index of this tool is left half-built
-- why: A build beside the running shop that was interrupted leaves an index that no query uses and every write pays for.
-- check: schema.indexes
-- detect
-- An index of another name is another's (107).
select i.indexrelid::regclass::text as item, 'left invalid' as detail
  from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
 where i.indrelid = to_regclass('public.module_access')
   and /* include schema/own_index */
   and /* include schema/dead_index */;
-- repair
do $$
declare
  leftover regclass;
begin
  for leftover in
      select i.indexrelid::regclass
        from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
       where i.indrelid = 'public.module_access'::regclass
         and /* include schema/own_index */
         and /* include schema/dead_index */ loop
    execute format('drop index %s', leftover);
  end loop;
end $$;
