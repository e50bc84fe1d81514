-- Tables that may be module_access in another place: of that name in another schema or in other letters, or with a
-- name that was made of it and the columns of an access. "statement" would bring one back.
select c.oid::regclass::text as name,
       case when n.nspname <> 'public' then format('alter table %s set schema public', c.oid::regclass)
            else format('alter table %s rename to module_access', c.oid::regclass) end as statement
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and not (n.nspname = 'public' and c.relname = 'module_access')
   and (lower(btrim(c.relname)) = 'module_access'
        or n.nspname = 'public' and lower(c.relname) ~ 'modules?_?access|access_?modules?')
   and (select count(*) from pg_catalog.pg_attribute a
         where a.attrelid = c.oid and not a.attisdropped and a.attname in ('user_id', 'module_id')) = 2
 order by n.nspname <> 'public', 1
 limit 5
