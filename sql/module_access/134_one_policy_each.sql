-- title: No policy of module_access says what another one says already
-- why: PostgreSQL works out every policy of a role for each query; two that say the same cost twice, and mislead.
-- check: permissions.owner-reads
-- detect
-- Covered: the other one holds for the same roles and commands, or more, under the same condition; or the condition
-- lets in nobody but the service role, which row level security does not bind. Beside: the same roles and command,
-- under another condition on the login. One that names no login may be too wide, and stays apart to be seen. A read
-- under a condition on the login is one for signed-in customers, even where it is written for everybody, as long as
-- no further role may select. (132 has wrapped what asks for the login; texts are compared without that.)
with policy as (
    select p.oid, p.polname::text as name, p.polcmd::text as command, case when p.polroles = '{0}'::oid[] and p.polcmd = 'r'
                 and pg_catalog.pg_get_expr(p.polqual, p.polrelid) ~ 'auth\.|request\.jwt'
                 and not exists (
                     select from pg_catalog.pg_class c cross join lateral aclexplode(c.relacl) x
                       join pg_catalog.pg_roles g on g.oid = x.grantee
                      where c.oid = p.polrelid and x.privilege_type = 'SELECT' and not (g.rolbypassrls or g.rolsuper)
                        and x.grantee <> c.relowner and g.rolname not in ('anon', 'authenticated', 'service_role'))
                then array[(select r.oid from pg_catalog.pg_roles r where r.rolname = 'authenticated')]
                else p.polroles end as roles,
           regexp_replace(pg_catalog.pg_get_expr(p.polqual, p.polrelid), '\( SELECT (auth\.(?:uid|jwt|role|email)\(\)|current_setting\([^()]*\)) AS \w+\)', '\1', 'g') as reads,
           regexp_replace(coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), pg_catalog.pg_get_expr(p.polqual, p.polrelid)), '\( SELECT (auth\.(?:uid|jwt|role|email)\(\)|current_setting\([^()]*\)) AS \w+\)', '\1', 'g')
               as writes
      from pg_catalog.pg_policy p
     where p.polrelid = to_regclass('public.module_access') and p.polpermissive
       and p.polname not in ('module_access_webhook_reads', 'module_access_webhook_writes')
)
select p.name as item,
       case when q.covers then 'covered by ' || q.name else 'beside ' || q.name end as detail
  from policy p
 cross join lateral (
       select o.name, o.command in ('*', p.command)
              and (p.command = 'a' or o.reads = p.reads)
              and (p.command in ('r', 'd') or o.writes = p.writes)
              and (o.roles = '{0}'::oid[] or o.roles @> p.roles) as covers,
              o.command = p.command and o.roles @> p.roles and p.roles @> o.roles
              and (p.command = 'a' or o.reads is not null and p.reads is not null) as alike,
              concat(o.reads, o.writes) ~ 'auth\.|request\.jwt'
              and concat(p.reads, p.writes) ~ 'auth\.|request\.jwt' as own, o.oid
         from policy o
        where o.oid <> p.oid) q
 where q.covers and not (q.alike and q.oid > p.oid) or q.alike and q.own and not q.covers and q.oid < p.oid
union all
select p.name, 'lets in only the service role, which needs no policy'
  from policy p
 where p.roles = '{0}'::oid[]
   and coalesce(p.reads, p.writes) in ('(( SELECT auth.role() AS role) = ''service_role''::text)',
                                       '(auth.role() = ''service_role''::text)')
   and p.writes in ('(( SELECT auth.role() AS role) = ''service_role''::text)', '(auth.role() = ''service_role''::text)')
   and (select r.rolbypassrls or r.rolsuper from pg_catalog.pg_roles r where r.rolname = 'service_role')
union all
-- 130 is about to add one.
select p.name, 'beside module_access_owner_reads'
  from policy p
 where p.command = 'r' and p.reads ~ 'auth\.|request\.jwt'
   and p.roles = array[(select r.oid from pg_catalog.pg_roles r where r.rolname = 'authenticated')]
   and not exists (select from policy o
                    where o.command in ('r', '*') and o.reads ~ 'user_id' and o.reads ~ 'auth\.uid\(\)'
                      and (o.roles = '{0}'::oid[]
                           or o.roles @> array[(select r.oid from pg_catalog.pg_roles r where r.rolname = 'authenticated')]));
-- repair
-- Who sees what stays the same: a covered policy goes, two that stand beside each other become one with "or".
do $$
declare
  other record;
begin
  for other in
      select p.polname as name from pg_catalog.pg_policy p
       where p.polrelid = 'public.module_access'::regclass and p.polpermissive and p.polroles = '{0}'::oid[]
         and array_remove(array[pg_catalog.pg_get_expr(p.polqual, p.polrelid),
                                pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)], null)
             <@ array['(( SELECT auth.role() AS role) = ''service_role''::text)',
                      '(auth.role() = ''service_role''::text)']
         and (select r.rolbypassrls or r.rolsuper from pg_catalog.pg_roles r where r.rolname = 'service_role')
  loop
    execute format('drop policy %I on public.module_access', other.name);
  end loop;
  for round in 1 .. 100 loop
    with policy as (
        select p.oid, p.polname as name, p.polcmd::text as command, case when p.polroles = '{0}'::oid[] and p.polcmd = 'r'
                 and pg_catalog.pg_get_expr(p.polqual, p.polrelid) ~ 'auth\.|request\.jwt'
                 and not exists (
                     select from pg_catalog.pg_class c cross join lateral aclexplode(c.relacl) x
                       join pg_catalog.pg_roles g on g.oid = x.grantee
                      where c.oid = p.polrelid and x.privilege_type = 'SELECT' and not (g.rolbypassrls or g.rolsuper)
                        and x.grantee <> c.relowner and g.rolname not in ('anon', 'authenticated', 'service_role'))
                then array[(select r.oid from pg_catalog.pg_roles r where r.rolname = 'authenticated')]
                else p.polroles end as roles,
               pg_catalog.pg_get_expr(p.polqual, p.polrelid) as reads,
               pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as checked,
               coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
                        pg_catalog.pg_get_expr(p.polqual, p.polrelid)) as writes
          from pg_catalog.pg_policy p
         where p.polrelid = 'public.module_access'::regclass and p.polpermissive
           and p.polname not in ('module_access_webhook_reads', 'module_access_webhook_writes')
    ), pair as (
        select p.name as goes, o.name as stays, o.reads as stays_reads, p.reads as goes_reads,
               o.writes as stays_writes, p.writes as goes_writes,
               o.checked is not null or p.checked is not null as has_check, p.command,
               o.command in ('*', p.command)
               and (p.command = 'a' or o.reads = p.reads)
               and (p.command in ('r', 'd') or o.writes = p.writes)
               and (o.roles = '{0}'::oid[] or o.roles @> p.roles) as covers,
               o.command = p.command and o.roles @> p.roles and p.roles @> o.roles
               and (p.command = 'a' or o.reads is not null and p.reads is not null) as alike,
               concat(o.reads, o.writes) ~ 'auth\.|request\.jwt'
              and concat(p.reads, p.writes) ~ 'auth\.|request\.jwt' as own, o.oid > p.oid as later,
               o.roles = array[(select r.oid from pg_catalog.pg_roles r where r.rolname = 'authenticated')] as signed_in
          from policy p join policy o on o.oid <> p.oid)
    select * into other from pair
     where pair.covers and not (pair.later and pair.alike) or pair.alike and pair.own and not pair.covers and not pair.later
     order by pair.covers desc, pair.goes, pair.stays limit 1;
    exit when not found;
    execute format('drop policy %I on public.module_access', other.goes);
    if not other.covers then
      execute format('alter policy %I on public.module_access', other.stays)
           || case when other.command = 'r' and other.signed_in then ' to authenticated' else '' end
           || case when other.command <> 'a'
                   then format(' using ((%s) or (%s))', other.stays_reads, other.goes_reads) else '' end
           || case when other.command = 'a' or other.has_check
                   then format(' with check ((%s) or (%s))', other.stays_writes, other.goes_writes) else '' end;
    end if;
  end loop;
end $$;
