-- Tables whose rows change, or go, with the accesses that they refer to.
select distinct k.conrelid::regclass::text as name
  from pg_catalog.pg_constraint k
 where k.contype = 'f' and k.confrelid = to_regclass('public.module_access') and k.confdeltype in ('c', 'n', 'd')
 order by 1
