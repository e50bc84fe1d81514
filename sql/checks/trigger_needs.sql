-- What a trigger on new accesses asks for on its one way through (no branch, loop, handler or text that is run) and
-- does not get: a schema that is not there, a table that is not there, a right to write to it. One row each, for the
-- webhook's role, or the owner of a function that is security definer. Parameter: role (text).
with fired as (
    select t.tgname::text as trigger, p.oid::regprocedure::text as function,
           case when p.prosecdef then p.proowner else r.oid end as actor,
           (select array_remove(array_agg(btrim(x.part, ' "''') order by x.place), '')
              from unnest(p.proconfig) as c (setting)
             cross join regexp_split_to_table(substr(c.setting, 13), ',') with ordinality as x (part, place)
             where c.setting like 'search\_path=%%') as path,
           regexp_replace(p.prosrc, '--[^\n]*|/\*([^*]|\*+[^*/])*\*+/|''([^'']|'''')*''', ' ', 'g') as body
      from pg_catalog.pg_trigger t
      join pg_catalog.pg_proc p on p.oid = t.tgfoid
      join pg_catalog.pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'
      join pg_catalog.pg_roles r on r.rolname = %(role)s::text
     where t.tgrelid = to_regclass('/* profile table */') and not t.tgisinternal and t.tgenabled in ('O', 'A')
       and (t.tgtype & 4) <> 0 and t.tgqual is null
), straight as (
    select f.* from fired f
     where f.body !~* '\m(if|case|loop|while|for|foreach|exception|execute|exit|continue|raise)\M'
       and f.body !~* '\mreturn\M.*\mreturn\M'
), named as (
    select s.trigger, s.function, s.actor, s.path,
           case lower(regexp_replace(w.m[1], '\s+', ' ', 'g')) when 'insert into' then 'insert' when 'update' then 'update' else 'delete' end as command,
           lower(nullif(w.m[2], '')) as schema, lower(w.m[3]) as name
      from straight s
     cross join lateral regexp_matches(s.body, '(?:^|;|\mbegin\M)\s*(insert\s+into|update|delete\s+from)\s+(?:([[:alpha:]_][[:alnum:]_$]*)\s*\.\s*)?([[:alpha:]_][[:alnum:]_$]*)\M(?!\s*\.)', 'gi') as w (m)
), written as (
    -- The table that each name finds: in its schema, else in the search_path of the function (one that names a schema
    -- for each caller is not followed), else in the caller's.
    select n.*, case when n.schema is not null then to_regclass(concat_ws('.', quote_ident(n.schema), quote_ident(n.name)))
                     when n.path is null then to_regclass(quote_ident(n.name))
                     else (select to_regclass(concat_ws('.', quote_ident(x.part), quote_ident(n.name)))
                             from unnest(n.path) with ordinality as x (part, place)
                            where to_regclass(concat_ws('.', quote_ident(x.part), quote_ident(n.name))) is not null
                            order by x.place limit 1) end as oid
      from named n
     where n.schema is not null or n.path is null or '$user' <> all (n.path)
), called as (
    select s.trigger, s.function, lower(w.m[1]) as schema
      from straight s
     cross join lateral regexp_matches(s.body, '(?<![[:alnum:]_$".])([[:alpha:]_][[:alnum:]_$]*)\s*\.\s*[[:alpha:]_][[:alnum:]_$]*\s*\(', 'g') as w (m)
), found as (
    select c.trigger, c.function, '3F000' as state, format('schema "%%s" does not exist', c.schema) as reason,
           case c.schema when 'net' then 'create extension pg_net' end as statement
      from called c
     where not exists (select from pg_catalog.pg_namespace n where n.nspname = c.schema)
    union
    select w.trigger, w.function, '42P01',
           format('relation "%%s" does not exist', concat_ws('.', w.schema, w.name))
           || case when w.schema is null and w.path is not null
                   then format(' in the search_path of the function (%%s)', coalesce(nullif(array_to_string(w.path, ', '), ''), 'empty')) else '' end,
           null
      from written w
     where w.oid is null
       and (w.schema is null or exists (select from pg_catalog.pg_namespace n where n.nspname = w.schema))
    union
    select w.trigger, w.function, '42501', format('permission denied for table %%s, to which %%s may not %%s', w.name, r.rolname, w.command),
           format('grant %%s on %%I.%%I to %%I', w.command, c.relnamespace::regnamespace, c.relname, r.rolname)
      from written w
      join pg_catalog.pg_class c on c.oid = w.oid and c.relkind in ('r', 'p')
      join pg_catalog.pg_roles r on r.oid = w.actor
     where not has_table_privilege(w.actor, c.oid, w.command)
       and (w.command = 'delete' or not has_any_column_privilege(w.actor, c.oid, w.command))
)
select trigger, function, state, reason, statement from found order by trigger, state, reason
