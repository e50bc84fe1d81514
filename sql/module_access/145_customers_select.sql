-- title: A signed-in customer may select
-- why: The page reads with the login of the customer; a policy alone lets nobody in.
-- check: permissions.owner-reads
-- detect
-- A right that everybody has counts as none: 160 takes it. It is given where that shows own rows and no more: by the
-- policy of 130, or one that says the same, also for who has the rights of authenticated. Where another decides, a person
-- gives it (147).
with heir as (
    select r.oid
      from pg_catalog.pg_roles g
      join pg_catalog.pg_roles r
        on r.oid = g.oid or not r.rolsuper and pg_catalog.pg_has_role(r.oid, g.oid, 'usage')
       and not exists (select from pg_catalog.pg_class c where c.oid = to_regclass('public.module_access')
                        and pg_catalog.pg_has_role(r.oid, c.relowner, 'usage'))
     where g.rolname = 'authenticated'
)
select 'authenticated' as item,
       case when to_regclass('public.module_access') is null then 'no select'
            else 'no select (' || string_agg(w.name, ', ' order by w.place) || ')' end as detail
  from unnest(array['id', 'user_id', 'module_id', 'access_type', 'expires_at', 'is_active', 'created_at', 'metadata']) with ordinality as w (name, place)
 where not exists (
       select from pg_catalog.pg_class c
         join pg_catalog.pg_roles r on r.rolname = 'authenticated'
        cross join lateral (
              select (aclexplode(coalesce(c.relacl, acldefault('r', c.relowner)))).*
               union all
              select (aclexplode(a.attacl)).* from pg_catalog.pg_attribute a
               where a.attrelid = c.oid and a.attname = w.name and a.attacl is not null) x
        where c.oid = to_regclass('public.module_access') and x.privilege_type = 'SELECT' and x.grantee <> 0
          and pg_catalog.pg_has_role(r.oid, x.grantee, 'usage'))
   and (pg_catalog.has_table_privilege((select r.oid from pg_catalog.pg_roles r where r.rolname = 'authenticated'),
                                       to_regclass('public.module_access')::oid, 'select')
        or not exists (
            select from pg_catalog.pg_policy p
             where p.polrelid = to_regclass('public.module_access') and p.polcmd in ('r', '*') and p.polpermissive
               and exists (select from unnest(p.polroles) as o (oid) cross join heir
                            where o.oid = 0 or pg_catalog.pg_has_role(heir.oid, o.oid, 'usage'))
               and regexp_replace(pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'SELECT|AS uid|::text|[() ]', '', 'g')
                   not in ('user_id=auth.uid', 'auth.uid=user_id')))
having count(*) > 0;
-- repair
-- Where columns were granted one by one, the ones that the page asks for are added, else the table.
do $$
declare
  lacking text;
begin
  select string_agg(format('%I', w.name), ', ' order by w.place) into lacking
    from unnest(array['id', 'user_id', 'module_id', 'access_type', 'expires_at', 'is_active', 'created_at', 'metadata']) with ordinality as w (name, place)
   where not exists (
         select from pg_catalog.pg_class c
           join pg_catalog.pg_roles r on r.rolname = 'authenticated'
          cross join lateral (
                select (aclexplode(coalesce(c.relacl, acldefault('r', c.relowner)))).*
                 union all
                select (aclexplode(a.attacl)).* from pg_catalog.pg_attribute a
                 where a.attrelid = c.oid and a.attname = w.name and a.attacl is not null) x
          where c.oid = 'public.module_access'::regclass and x.privilege_type = 'SELECT' and x.grantee <> 0
            and pg_catalog.pg_has_role(r.oid, x.grantee, 'usage'));
  if lacking is not null
     and (pg_catalog.has_table_privilege('authenticated', 'public.module_access', 'select')
          or not exists (
              with heir as (
                  select r.oid
                    from pg_catalog.pg_roles g
                    join pg_catalog.pg_roles r
                      on r.oid = g.oid or not r.rolsuper and pg_catalog.pg_has_role(r.oid, g.oid, 'usage')
                     and not exists (select from pg_catalog.pg_class c where c.oid = to_regclass('public.module_access')
                                      and pg_catalog.pg_has_role(r.oid, c.relowner, 'usage'))
                   where g.rolname = 'authenticated'
              )
              select from pg_catalog.pg_policy p
               where p.polrelid = 'public.module_access'::regclass and p.polcmd in ('r', '*') and p.polpermissive
                 and exists (select from unnest(p.polroles) as o (oid) cross join heir
                              where o.oid = 0 or pg_catalog.pg_has_role(heir.oid, o.oid, 'usage'))
                 and regexp_replace(pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'SELECT|AS uid|::text|[() ]', '', 'g')
                     not in ('user_id=auth.uid', 'auth.uid=user_id'))) then
    if exists (select from pg_catalog.pg_attribute a cross join aclexplode(a.attacl) x
                where a.attrelid = 'public.module_access'::regclass and not a.attisdropped
                  and x.privilege_type = 'SELECT' and x.grantee = 'authenticated'::regrole) then
      execute format('grant select (%s) on public.module_access to authenticated', lacking);
    else
      grant select on public.module_access to authenticated;
    end if;
  end if;
end $$;
