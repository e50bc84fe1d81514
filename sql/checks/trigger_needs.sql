-- What a trigger on new accesses asks for on its one way through (no branch, loop, handler or text that is run) and
-- does not get: a schema that is not there, a table that is not there, a right to write to it. One row each, for the
-- webhook's role, or the owner of a function that is security definer. Parameter: role (text).
with fired as (
    select t.tgname::text as trigger, p.oid::regprocedure::text as function,
           case when p.prosecdef then p.proowner else r.oid end as actor,
           exists (select from unnest(p.proconfig) as c (setting) where c.setting like 'search\_path=%%') as has_path,
           regexp_replace(p.prosrc, '--[^\n]*|/\*([^*]|\*+[^*/])*\*+/|''([^'']|'''')*''', ' ', 'g') as body
      from pg_catalog.pg_trigger t
      join pg_catalog.pg_proc p on p.oid = t.tgfoid
      join pg_catalog.pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'
      join pg_catalog.pg_roles r on r.rolname = %(role)s::text
     where t.tgrelid = to_regclass('public.module_access') and not t.tgisinternal and t.tgenabled in ('O', 'A')
       and (t.tgtype & 4) <> 0 and t.tgqual is null
), straight as (
    select f.* from fired f
     where f.body !~* '\m(if|case|loop|while|for|foreach|exception|execute|exit|continue|raise)\M'
       and f.body !~* '\mreturn\M.*\mreturn\M'
), written as (
    select s.trigger, s.function, s.actor, s.has_path,
           case lower(regexp_replace(w.m[1], '\s+', ' ', 'g')) when 'insert into' then 'insert' when 'update' then 'update' else 'delete' end as command,
           lower(nullif(w.m[2], '')) as schema, lower(w.m[3]) as name
      from straight s
     cross join lateral regexp_matches(s.body, '(?:^|;|\mbegin\M)\s*(insert\s+into|update|delete\s+from)\s+(?:([[:alpha:]_][[:alnum:]_$]*)\s*\.\s*)?([[:alpha:]_][[:alnum:]_$]*)\M(?!\s*\.)', 'gi') as w (m)
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
    select w.trigger, w.function, '42P01', format('relation "%%s" does not exist', concat_ws('.', w.schema, w.name)), null
      from written w
     where (w.schema is not null or not w.has_path)
       and to_regclass(concat_ws('.', quote_ident(w.schema), quote_ident(w.name))) is null
       and (w.schema is null or exists (select from pg_catalog.pg_namespace n where n.nspname = w.schema))
    union
    select w.trigger, w.function, '42501', format('permission denied for table %%s, to which %%s may not %%s', w.name, r.rolname, w.command),
           format('grant %%s on %%I.%%I to %%I', w.command, c.relnamespace::regnamespace, c.relname, r.rolname)
      from written w
     cross join lateral (select to_regclass(concat_ws('.', quote_ident(w.schema), quote_ident(w.name))) as oid) o
      join pg_catalog.pg_class c on c.oid = o.oid and c.relkind in ('r', 'p')
      join pg_catalog.pg_roles r on r.oid = w.actor
     where (w.schema is not null or not w.has_path)
       and not has_table_privilege(w.actor, c.oid, w.command)
       and (w.command = 'delete' or not has_any_column_privilege(w.actor, c.oid, w.command))
)
select trigger, function, state, reason, statement from found order by trigger, state, reason
