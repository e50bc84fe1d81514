-- title: The policies of module_access ask for the login once per query
-- why: A bare auth.uid() is worked out again for each row of the table, and the page gets slower with every sale.
-- check: permissions.owner-reads
-- detect
-- A sub-select, as in (select auth.uid()), is worked out once. What is left when those are taken out is asked per row.
-- A policy that has such words in a string, or reads from them as from a table, is left to a person.
select p.polname::text as item, 'asks for the login once per row' as detail
  from pg_catalog.pg_policy p
 where p.polrelid = to_regclass('public.module_access')
   and regexp_replace(concat(pg_catalog.pg_get_expr(p.polqual, p.polrelid), ' ',
                             pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)),
                      '\( SELECT (auth\.(uid|jwt|role|email)\(\)|current_setting\([^()]*\)) AS \w+\)', '', 'g')
       ~ '\m(auth\.(uid|jwt|role|email)\(\)|current_setting\([^()]*\))'
   and concat(pg_catalog.pg_get_expr(p.polqual, p.polrelid), ' ', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
       !~* '''[^'']*(auth\.\w+\(|current_setting\()[^'']*''|(FROM|JOIN|,)\s+(LATERAL\s+)?(ROWS FROM\s*\()?(auth\.|current_setting)';
-- repair
-- The same conditions, so that nobody sees more or less than before.
do $$
declare
  policy record;
  wrapped constant text := '\( SELECT (auth\.(?:uid|jwt|role|email)\(\)|current_setting\([^()]*\)) AS \w+\)';
  bare constant text := '\m(auth\.(?:uid|jwt|role|email)\(\)|current_setting\([^()]*\))';
begin
  for policy in
      select p.polname as name, pg_catalog.pg_get_expr(p.polqual, p.polrelid) as reads,
             pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as writes
        from pg_catalog.pg_policy p
       where p.polrelid = 'public.module_access'::regclass
         and regexp_replace(concat(pg_catalog.pg_get_expr(p.polqual, p.polrelid), ' ',
                                   pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)), wrapped, '', 'g') ~ bare
         and concat(pg_catalog.pg_get_expr(p.polqual, p.polrelid), ' ', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
             !~* '''[^'']*(auth\.\w+\(|current_setting\()[^'']*''|(FROM|JOIN|,)\s+(LATERAL\s+)?(ROWS FROM\s*\()?(auth\.|current_setting)' loop
    policy.reads := regexp_replace(regexp_replace(policy.reads, wrapped, '\1', 'g'), bare, '(select \1)', 'g');
    policy.writes := regexp_replace(regexp_replace(policy.writes, wrapped, '\1', 'g'), bare, '(select \1)', 'g');
    execute format('alter policy %I on public.module_access', policy.name)
         || coalesce(' using (' || policy.reads || ')', '')
         || coalesce(' with check (' || policy.writes || ')', '');
  end loop;
end $$;
