-- The function that the Data API runs before every request (pgrst.db_pre_request of its role), whether there is one
-- that takes no argument, which of its roles may not execute it, and how the setting is taken back.
with setting as (
    select substr(c, strpos(c, '=') + 1) as value, d.datname::text as only_in
      from pg_catalog.pg_db_role_setting s
     cross join unnest(s.setconfig) as c
      left join pg_catalog.pg_database d on d.oid = s.setdatabase
     where s.setrole = (select r.oid from pg_catalog.pg_roles r where r.rolname = 'authenticator')
       and s.setdatabase in (0, (select d.oid from pg_catalog.pg_database d where d.datname = current_database()))
       and split_part(c, '=', 1) = 'pgrst.db_pre_request'
     order by s.setdatabase desc
     limit 1
), named as (
    select replace(value, '"', '') as name, only_in from setting where btrim(value) <> ''
), found as (
    select p.oid, p.pronamespace, format('%I.%I()', n.nspname, p.proname) as called
      from named s
      join pg_catalog.pg_proc p on p.proname = regexp_replace(s.name, '^.*\.', '') and p.pronargs = p.pronargdefaults
      join pg_catalog.pg_namespace n on n.oid = p.pronamespace
     where case when strpos(s.name, '.') > 0 then n.nspname = split_part(s.name, '.', 1)
                else n.nspname in ('public', 'extensions', 'pg_catalog') end
     limit 1
)
select s.name, f.called,
       array(select r.rolname::text from pg_catalog.pg_roles r
              where r.rolname in ('anon', 'authenticated', 'service_role') and f.oid is not null
                    and not (has_function_privilege(r.oid, f.oid, 'execute')
                             and has_schema_privilege(r.oid, f.pronamespace, 'usage'))
              order by 1) as closed_to,
       format('alter role authenticator%s reset pgrst.db_pre_request',
              case when s.only_in is not null then format(' in database %I', s.only_in) else '' end) as reset
  from named s
  left join found f on true
