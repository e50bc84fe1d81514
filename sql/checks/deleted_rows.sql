-- How many accesses were deleted since the statistics of the table began; null where they are not kept.
select case when current_setting('track_counts')::boolean
            then coalesce((select s.n_tup_del from pg_catalog.pg_stat_user_tables s
                            where s.relid = to_regclass('/* profile table */')), 0) end as deleted
