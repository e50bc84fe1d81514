-- Modules that accesses name and that `modules` does not have, whatever the types.
select a.module_id::text as module_id, count(*) as rows
  from /* include profile/accesses */ a
 where a.module_id is not null
   and not exists (select from public.modules m where m.id::text = a.module_id::text)
 group by 1 order by 2 desc, 1
 limit 20
