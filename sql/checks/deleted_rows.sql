-- How many accesses were deleted since the statistics of the table began; none where they are not kept.
select coalesce((select s.n_tup_del from pg_catalog.pg_stat_user_tables s where s.relid = to_regclass('/* profile table */')), 0) as deleted
