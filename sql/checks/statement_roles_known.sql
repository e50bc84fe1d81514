-- Is pg_stat_statements there, and may this user read the statements of others in it?
select exists (select from pg_catalog.pg_extension e where e.extname = 'pg_stat_statements')
   and pg_has_role(current_user, 'pg_read_all_stats', 'usage') as found
