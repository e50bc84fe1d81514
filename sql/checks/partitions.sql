-- What the rows are that the partitions of module_access take, as one condition over its columns.
with recursive parts (oid) as (
    select to_regclass('public.module_access')::oid
    union all
    select i.inhrelid from parts p join pg_catalog.pg_inherits i on i.inhparent = p.oid and not i.inhdetachpending
)
-- A default partition without others takes everything, and has no condition.
select coalesce(string_agg('(' || coalesce(pg_catalog.pg_get_partition_constraintdef(c.oid), 'true') || ')', ' or '), 'false')
           as condition,
       pg_catalog.pg_get_partkeydef(to_regclass('public.module_access')) as key, count(*) as partitions
  from parts p
  join pg_catalog.pg_class c on c.oid = p.oid and c.relispartition and c.relkind <> 'p'
