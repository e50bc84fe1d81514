-- The policies that decide what a role reads of some tables, with the text of what their conditions call (two calls
-- deep; what every project has in schema auth aside) and the relations that they read; "closed" are those of which row
-- level security shows the role nothing.
-- Parameters: role (text), tables (text[], names in public).
with role as (
    select r.oid, r.rolbypassrls or r.rolsuper as bypasses from pg_catalog.pg_roles r where r.rolname = %(role)s::text
), policy as (
    select p.oid, c.relname::text as "table", p.polname::text as policy, p.polpermissive as permissive,
           pg_catalog.pg_get_expr(p.polqual, p.polrelid) as condition, p.polqual::text as tree
      from pg_catalog.pg_policy p
      join pg_catalog.pg_class c on c.oid = p.polrelid and c.relrowsecurity
     cross join role
     where c.oid in (select to_regclass(format('public.%%I', n.name)) from unnest(%(tables)s::text[]) as n (name))
       and p.polcmd in ('r', '*') and not role.bypasses
       and (c.relforcerowsecurity or not pg_has_role(role.oid, c.relowner, 'usage'))
       and (p.polroles = '{0}'::oid[]
            or exists (select from unnest(p.polroles) as o (oid) where o.oid <> 0 and pg_has_role(role.oid, o.oid, 'usage')))
), own as (
    select f.oid, f.proname::text as name, n.nspname::text as schema, f.prosqlbody::text as tree,
           coalesce(pg_catalog.pg_get_function_sqlbody(f.oid), f.prosrc) as body
      from pg_catalog.pg_proc f
      join pg_catalog.pg_namespace n on n.oid = f.pronamespace
      join pg_catalog.pg_language l on l.oid = f.prolang and l.lanname in ('sql', 'plpgsql')
     where n.nspname not in ('pg_catalog', 'information_schema')
       and not (n.nspname = 'auth' and f.proname in ('uid', 'role', 'email', 'jwt'))
), first as (
    select p.oid as policy, o.oid, o.tree, o.body
      from policy p cross join lateral regexp_matches(p.tree, ':(?:funcid|opfuncid) ([1-9]\d*)', 'g') as x (m)
      join own o on o.oid = x.m[1]::oid
), second as (
    select f.policy, o.oid, o.tree, o.body
      from first f
      join own o on lower(f.body) ~ ('\m' || regexp_replace(lower(o.name), '([^[:alnum:]_])', '\\\1', 'g') || '\s*\(')
                 or f.tree like '%%:funcid ' || o.oid || ' %%'
)
select p."table", p.policy, p.permissive, p.condition,
       (select string_agg(c.body, ' ') from (select body from first where policy = p.oid
                                              union select body from second where policy = p.oid) c) as calls,
       (select json_agg(distinct c.oid::regclass::text)
          from (select p.tree as said union all select tree from first where policy = p.oid) t
         cross join lateral regexp_matches(t.said, ':relid ([1-9]\d*)', 'g') as x (m)
          join pg_catalog.pg_class c on c.oid = x.m[1]::oid) as relations,
       (select json_agg(distinct c.oid::regclass::text)
          from regexp_matches(p.tree, ':relid ([1-9]\d*)', 'g') as x (m)
          join pg_catalog.pg_class c on c.oid = x.m[1]::oid and c.relrowsecurity
         cross join role
         where not role.bypasses and (c.relforcerowsecurity or not pg_has_role(role.oid, c.relowner, 'usage'))
           and not exists (
               select from pg_catalog.pg_policy o
                where o.polrelid = c.oid and o.polpermissive and o.polcmd in ('r', '*')
                  and (o.polroles = '{0}'::oid[]
                       or exists (select from unnest(o.polroles) as r (oid)
                                   where r.oid <> 0 and pg_has_role(role.oid, r.oid, 'usage'))))) as closed
  from policy p
 order by p."table", p.permissive desc, p.policy
