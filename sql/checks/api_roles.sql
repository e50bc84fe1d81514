-- What keeps the Data API from acting as its roles, or gives them a limit that breaks the app; no row is fine.
-- Settings are those that the Data API applies: of its own role, and of the role that a request acts as.
with setting as (
    select r.rolname::text as role, s.setdatabase, split_part(c, '=', 1) as name, substr(c, strpos(c, '=') + 1) as value
      from pg_catalog.pg_db_role_setting s
      join pg_catalog.pg_roles r on r.oid = s.setrole
     cross join unnest(s.setconfig) as c
     where s.setdatabase in (0, (select d.oid from pg_catalog.pg_database d where d.datname = current_database()))
       and r.rolname in ('authenticator', 'anon', 'authenticated', 'service_role')
), effective as (
    -- What is set for this database alone goes before what is set for all.
    select distinct on (s.role, s.name) s.role, s.name, s.value from setting s order by s.role, s.name, s.setdatabase desc
), owner as (
    select r.oid, r.rolcanlogin, r.rolsuper from pg_catalog.pg_roles r where r.rolname = 'authenticator'
)
select 'no-login' as kind, 'authenticator' as role, null as value from owner o where not o.rolcanlogin
union all
select 'no-member', r.rolname::text, null
  from owner o join pg_catalog.pg_roles r on r.rolname in ('authenticated', 'service_role')
 where not o.rolsuper and not pg_has_role(o.oid, r.oid, 'member')
union all
select case e.name when 'statement_timeout' then 'timeout' when 'pgrst.db_max_rows' then 'max-rows'
                   when 'pgrst.db_schemas' then 'schemas' end, e.role, e.value
  from effective e
 where e.name = 'statement_timeout' and e.role in ('authenticated', 'service_role')
       and e.value ~ '^\s*[0-9.]+\s*(us|ms|s|min|h|d)?\s*$' and e.value !~ '^\s*0+\s*(us|ms|s|min|h|d)?\s*$'
       and case when e.value ~ '[a-z]' then e.value::interval else (e.value || ' ms')::interval end < interval '250 ms'
    or e.name = 'pgrst.db_max_rows' and e.role = 'authenticator' and e.value ~ '^\s*[0-9]{1,2}\s*$'
    or e.name = 'pgrst.db_schemas' and e.role = 'authenticator'
       and 'public' <> all (regexp_split_to_array(btrim(e.value), '\s*,\s*'))
union all
select 'own-timeout', e.role, e.value
  from effective e
 where e.name = 'statement_timeout' and e.role = 'authenticator'
       and e.value ~ '^\s*[0-9.]+\s*(us|ms|s|min|h|d)?\s*$' and e.value !~ '^\s*0+\s*(us|ms|s|min|h|d)?\s*$'
       and case when e.value ~ '[a-z]' then e.value::interval else (e.value || ' ms')::interval end < interval '250 ms'
union all
-- One that is not there keeps the Data API from reading any (PGRST002), a system's from starting (PostgREST 16).
select 'lost-schemas', e.role, string_agg(s.name, ', ' order by s.name)
  from effective e
 cross join regexp_split_to_table(btrim(e.value), '\s*,\s*') as s (name)
 where e.name = 'pgrst.db_schemas' and e.role = 'authenticator' and s.name <> ''
       and (s.name in ('pg_catalog', 'information_schema')
            or not exists (select from pg_catalog.pg_namespace n where n.nspname = btrim(s.name, '"')))
 group by e.role
 order by 1, 2
