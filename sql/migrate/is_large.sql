-- Is module_access so large that a scan of it under a lock is felt by who buys at that moment? 8 MB are about
-- 60,000 accesses, which an index takes some tenths of a second to read.
select coalesce(pg_relation_size(to_regclass('public.module_access')) > 8 * 1024 * 1024, false) as large
