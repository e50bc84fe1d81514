-- Policies that let the public or any signed-in customer write module_access.
select p.polname::text as policy,
       case p.polcmd when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end as command,
       (select string_agg(case when r = 0 then 'public' else pg_catalog.pg_get_userbyid(r)::text end, ', ')
          from unnest(p.polroles) as r) as roles
  from pg_catalog.pg_policy p
 where p.polrelid = to_regclass('/* profile table */') and p.polpermissive and p.polcmd in ('a', 'w', 'd', '*')
   and (p.polroles = '{0}'::oid[]
        or exists (select from pg_catalog.pg_roles r
                    where r.rolname in ('anon', 'authenticated') and r.oid = any (p.polroles)))
 order by 1
