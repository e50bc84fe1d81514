-- title: The policies of others on module_access cost no more than they have to
-- why: A bare auth.uid() is worked out again for each row, and each further policy of a role for each query.
-- check: permissions.owner-reads
-- only: a person
-- detect
-- Supabase's linter, 0003 and 0006. A sub-select that begins with the call, as in (select auth.uid()) or
-- (select auth.jwt() ->> 'aal'), is worked out once; what is left when those are taken out is asked per row.
select p.polname::text as item, 'asks for the login once per row' as detail,
       format('alter policy %I on public.module_access', p.polname)
       || coalesce(' using (' || regexp_replace(regexp_replace(pg_catalog.pg_get_expr(p.polqual, p.polrelid), t.wrapped, '\1', 'g'),
                                                t.bare, '(select \1)', 'g') || ')', '')
       || coalesce(' with check (' || regexp_replace(regexp_replace(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), t.wrapped, '\1', 'g'),
                                                     t.bare, '(select \1)', 'g') || ')', '') as statement
  from pg_catalog.pg_policy p
 cross join (values ('\( SELECT (auth\.(?:uid|jwt|role|email)\(\)|current_setting\([^()]*\)) AS \w+\)',
                     '\m(auth\.(?:uid|jwt|role|email)\(\)|current_setting\([^()]*\))')) as t (wrapped, bare)
 cross join lateral (select concat(pg_catalog.pg_get_expr(p.polqual, p.polrelid), ' ',
                                   pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)) as text) said
 where p.polrelid = to_regclass('public.module_access')
   and regexp_replace(said.text, '\( SELECT (NOT )?(\w*\()*' || t.bare, '', 'g') ~ t.bare
   -- Words in a string, or read from as from a table, are no call.
   and said.text !~* '''[^'']*(auth\.\w+\(|current_setting\()[^'']*''|(FROM|JOIN|,)\s+(LATERAL\s+)?(ROWS FROM\s*\()?(auth\.|current_setting)'
union all
select string_agg(distinct p.polname::text, ', '), format('several let %s %s', r.rolname, c.word),
       format('select * from pg_policies where tablename = %L', 'module_access')
  from pg_catalog.pg_policy p
 cross join lateral (select c.command, c.word
                       from (values ('r', 'select'), ('a', 'insert'), ('w', 'update'), ('d', 'delete')) as c (command, word)
                      where p.polcmd in ('*', c.command::"char")) c
  join pg_catalog.pg_roles r on r.rolname in ('anon', 'authenticated')
   and exists (select from unnest(p.polroles) as o (oid) where o.oid = 0 or o.oid = r.oid)
 where p.polrelid = to_regclass('public.module_access') and p.polpermissive
   and pg_catalog.has_table_privilege(r.oid, p.polrelid, c.word)
 group by r.rolname, c.word having count(*) > 1
 order by 1;
