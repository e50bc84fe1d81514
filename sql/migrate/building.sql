-- How far the server has come with an index of module_access, in pages of 8 kB (PostgreSQL, "CREATE INDEX Progress
-- Reporting"; it is seen by whoever may see the other session's statements).
select coalesce(p.blocks_done, 0) as done, coalesce(p.blocks_total, 0) as whole
  from pg_stat_progress_create_index p
 where p.relid = to_regclass('public.module_access')
 order by p.pid
 limit 1
