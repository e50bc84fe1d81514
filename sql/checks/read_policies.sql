-- The policies that decide what a role reads of some tables, or of what lies behind a view of that name ("asked"), with
-- the text of all that their conditions reach: functions that they call, views and the policies of other tables that they
-- read, however deep (what every project has in schema auth aside). "columns" are those of their table that they name,
-- "relations" those that they read themselves,
-- "closed" those of all reached of which row level security shows the reader nothing. A view that lies there has a row
-- without a policy, too: its own text decides as well, and "closed" has what lies behind it and shows nothing.
-- Parameters: role (text), tables (text[], names in public).
with recursive role as (
    select r.oid from pg_catalog.pg_roles r where r.rolname = %(role)s::text
), bound as materialized (
    -- Whom row level security of which table binds, and whether some policy lets them read.
    select c.oid as relation, a.oid as actor,
           exists (select from pg_catalog.pg_policy o
                    where o.polrelid = c.oid and o.polpermissive and o.polcmd in ('r', '*')
                      and (o.polroles = '{0}'::oid[]
                           or exists (select from unnest(o.polroles) as r (oid)
                                       where r.oid <> 0 and pg_has_role(a.oid, r.oid, 'usage')))) as shown
      from pg_catalog.pg_class c
     cross join pg_catalog.pg_roles a
     where c.relrowsecurity and not a.rolbypassrls and not a.rolsuper
       and (c.relforcerowsecurity or not pg_has_role(a.oid, c.relowner, 'usage'))
), applies as materialized (
    select p.oid, b.actor, b.relation, p.polname::text as policy, p.polpermissive as permissive,
           pg_catalog.pg_get_expr(p.polqual, p.polrelid) as condition, p.polqual::text as tree
      from bound b
      join pg_catalog.pg_policy p on p.polrelid = b.relation and p.polcmd in ('r', '*')
     where p.polroles = '{0}'::oid[]
        or exists (select from unnest(p.polroles) as o (oid) where o.oid <> 0 and pg_has_role(b.actor, o.oid, 'usage'))
), view as materialized (
    select c.oid, c.relowner as owner, pg_catalog.pg_get_viewdef(c.oid) as said, w.ev_action::text as tree,
           exists (select from unnest(c.reloptions) as o (text) where lower(o.text) ~ '^security_invoker=(true|on|yes|1)$')
               as as_reader
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname not in ('pg_catalog', 'information_schema')
      join pg_catalog.pg_rewrite w on w.ev_class = c.oid and w.ev_type = '1'
     where c.relkind = 'v'
), own as materialized (
    select f.oid, lower(f.proname::text) as name, concat(f.prosqlbody::text, f.proargdefaults::text) as tree,
           coalesce(pg_catalog.pg_get_function_sqlbody(f.oid), f.prosrc) as body, f.prosecdef as definer, f.proowner as owner
      from pg_catalog.pg_proc f
      join pg_catalog.pg_namespace n on n.oid = f.pronamespace
      join pg_catalog.pg_language l on l.oid = f.prolang and l.lanname in ('sql', 'plpgsql')
     where n.nspname not in ('pg_catalog', 'information_schema')
       and not (n.nspname = 'auth' and f.proname in ('uid', 'role', 'email', 'jwt'))
       and not exists (select from pg_catalog.pg_depend d where d.objid = f.oid and d.deptype = 'e')
), stands (asked, actor, relation) as (
    select n.name, role.oid, to_regclass(format('public.%%I', n.name))::oid
      from unnest(%(tables)s::text[]) as n (name) cross join role
     union
    select s.asked, case when v.as_reader then s.actor else v.owner end, x.m[1]::oid
      from stands s
      join view v on v.oid = s.relation
     cross join lateral regexp_matches(v.tree, ':relid ([1-9]\d*)', 'g') as x (m)
     where x.m[1]::oid <> v.oid
), root as materialized (
    select s.asked, s.actor, s.relation, 'policy ' || p.oid as key, p.policy as name, p.permissive, p.condition, p.tree
      from stands s
      join applies p on p.relation = s.relation and p.actor = s.actor
     union all
    select s.asked, case when v.as_reader then s.actor else v.owner end, s.relation, 'view ' || v.oid, c.relname::text, true,
           v.said, v.tree
      from stands s
      join view v on v.oid = s.relation
      join pg_catalog.pg_class c on c.oid = v.oid
), reached (asked, key, actor, kind, object, inner_) as (
    select r.asked, r.key, r.actor, k.kind, x.m[2]::oid, false
      from root r
     cross join lateral regexp_matches(r.tree, ':(funcid|opfuncid|relid) ([1-9]\d*)', 'g') as x (m)
     cross join lateral (select case x.m[1] when 'relid' then 'relation' else 'function' end) as k (kind)
     union
    select r.asked, r.key, e.actor, e.kind, e.object, r.inner_ or e.inner_
      from reached r
     cross join lateral (
         select t.actor, case x.m[1] when 'relid' then 'relation' else 'function' end as kind, x.m[2]::oid as object, t.inner_
           from (select case when v.as_reader then r.actor else v.owner end as actor, v.tree, false as inner_
                   from view v where r.kind = 'relation' and v.oid = r.object
                  union all
                 select r.actor, p.tree, true from applies p
                  where r.kind = 'relation' and p.relation = r.object and p.actor = r.actor
                  union all
                 select case when o.definer then o.owner else r.actor end, o.tree, false
                   from own o where r.kind = 'function' and o.oid = r.object) t
          cross join lateral regexp_matches(t.tree, ':(funcid|opfuncid|relid) ([1-9]\d*)', 'g') as x (m)
          union all
         -- A body that is kept as text.
         select case when o.definer then o.owner else r.actor end, 'function', c.oid, false
           from own o
           join own c on lower(o.body) ~ ('\m' || regexp_replace(c.name, '([^[:alnum:]_])', '\\\1', 'g') || '\s*\(')
          where r.kind = 'function' and o.oid = r.object
          union all
         select case when o.definer then o.owner else r.actor end, 'relation', c.oid, false
           from own o
          cross join lateral regexp_matches(
                o.body, '\m(?:from|join)\s+(?:only\s+)?((?:[[:alpha:]_]\w*|"[^"]+")(?:\.(?:[[:alpha:]_]\w*|"[^"]+"))?)', 'gi') as x (m)
           join pg_catalog.pg_class c on c.oid = coalesce(to_regclass(x.m[1]), to_regclass('public.' || x.m[1]))
          where r.kind = 'function' and o.oid = r.object) e
)
select r.asked, case when n.nspname = 'public' then c.relname::text else format('%%I.%%I', n.nspname, c.relname) end as "table",
       r.key like 'view %%' as is_view, r.name as policy, r.permissive, r.condition,
       (select json_agg(a.attname::text order by a.attnum)
          from pg_catalog.pg_depend d
          join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
         where d.classid = 'pg_catalog.pg_policy'::regclass and 'policy ' || d.objid = r.key and d.refobjid = r.relation
           and d.refobjsubid > 0) as columns,
       (select json_agg(t.said)
          from (select o.body as said
                  from reached i join own o on o.oid = i.object
                 where i.kind = 'function' and (i.asked, i.key) = (r.asked, r.key)
                 union
                select v.said
                  from reached i join view v on v.oid = i.object
                 where i.kind = 'relation' and (i.asked, i.key) = (r.asked, r.key)
                 union
                select p.condition
                  from reached i join applies p on p.relation = i.object and p.actor = i.actor
                 where i.kind = 'relation' and (i.asked, i.key) = (r.asked, r.key) and 'policy ' || p.oid <> r.key) t) as calls,
       (select json_agg(distinct i.object::regclass::text) from reached i
         where i.kind = 'relation' and not i.inner_ and (i.asked, i.key) = (r.asked, r.key)) as relations,
       (select json_agg(distinct i.object::regclass::text)
          from reached i join bound b on (b.relation, b.actor) = (i.object, i.actor) and not b.shown
         where i.kind = 'relation' and (i.asked, i.key) = (r.asked, r.key)) as closed
  from root r
  join pg_catalog.pg_class c on c.oid = r.relation
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 order by r.asked, 3, r.permissive desc, r.name
