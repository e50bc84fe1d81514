-- What an INSERT into module_access meets besides rights: the checks, unique indexes, foreign keys, rules and
-- triggers of the table, and columns that cannot take what the handler writes.
-- One row each; "condition" is what it tests, as SQL over the columns, "body" the source of a trigger's function.
-- "calls" is the function for which that must not be worked out (grant_calls): its own, or that of the default of
-- a column which it looks at (empty: that takes a number from a sequence, which is nothing to tell).
-- The kinds 'default' and 'type' are nothing but such a column, and such a domain. 'update' (triggers that fire when an
-- access is deactivated; "keys" names the function), 'key' (foreign keys) and 'exclude' are for other checks.
with calls as (/* calls */), open_columns as (
    select a.attrelid as relation, a.attnum as number, a.attname as name,
           case when pg_catalog.pg_get_expr(e.adbin, e.adrelid) like 'nextval(%' then '' else c.function end as function
      from calls c
      join pg_catalog.pg_attrdef e on e.oid = c.object
      join pg_catalog.pg_attribute a on a.attrelid = e.adrelid and a.attnum = e.adnum and a.attgenerated = ''
     where c.class = 'pg_catalog.pg_attrdef'::regclass
       and a.attname not in ('id', 'user_id', 'module_id', 'access_type', 'expires_at', 'is_active', 'metadata')
), looks as (
    select d.classid as class, d.objid as object, max(o.function) as function
      from open_columns o
      join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = o.relation
                                 and d.refobjsubid = o.number
     group by d.classid, d.objid
), kept as (
    select coalesce(c.class, l.class) as class, coalesce(c.object, l.object) as object,
           coalesce(c.function, l.function) as function
      from calls c full join looks l on l.class = c.class and l.object = c.object
)
select 'check' as kind, k.conname::text as name, pg_catalog.pg_get_expr(k.conbin, k.conrelid) as condition,
       null as body, null as keys, false as drops,
       (select c.function from kept c
         where c.class = 'pg_catalog.pg_constraint'::regclass and c.object = k.oid) as calls
  from pg_catalog.pg_constraint k
 where k.conrelid = to_regclass('/* profile table */') and k.contype = 'c'
   and coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)
union all
-- Of the guide's table a plain index over customer and module without a condition is judged by
-- schema.one-active-access; the key of the id alone takes every new row (schema.sequence).
select 'unique', i.indexrelid::regclass::text, coalesce(pg_catalog.pg_get_expr(i.indpred, i.indrelid), 'true'), null,
       (select jsonb_agg(pg_catalog.pg_get_indexdef(i.indexrelid, n, false) order by n)::text
          from generate_series(1, i.indnkeyatts) n), coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false),
       coalesce((select c.function from kept c
                  where c.class = 'pg_catalog.pg_class'::regclass and c.object = i.indexrelid),
                (select max(o.function) from open_columns o where o.number = any (i.indkey)))
  from pg_catalog.pg_index i
 where i.indrelid = to_regclass('/* profile table */') and i.indisunique and i.indisready
   and not (i.indexprs is null and i.indnkeyatts = 1
            and exists (select from pg_catalog.pg_attribute a
                         where a.attrelid = i.indrelid and a.attnum = i.indkey[0] and a.attname = 'id'))
   and not (/* profile table_name */ = 'module_access' and i.indpred is null and i.indexprs is null and i.indnkeyatts = 2
            and (select array_agg(a.attname::text order by a.attname)
                   from pg_catalog.pg_attribute a
                  where a.attrelid = i.indrelid and a.attnum = any (i.indkey)) = array['module_id', 'user_id'])
union all
-- The Data API inserts in a WITH, which refuses (0A000) whatever does not put one statement in place of each row's.
select 'rule', w.rulename::text, null, pg_catalog.pg_get_ruledef(w.oid),
       case when not w.is_instead then 'also'
            when pg_catalog.pg_get_ruledef(w.oid) ~ '\sWHERE\s.*\sDO\s+INSTEAD\s' then 'conditional' else 'instead' end, false, null
  from pg_catalog.pg_rewrite w
 where w.ev_class = to_regclass('/* profile table */') and w.ev_type = '3' and w.ev_enabled in ('O', 'A')
union all
-- "keys" says how: s stored, v virtual, a always as identity (by default takes a value that is given).
select 'generated', a.attname::text, null, format_type(a.atttypid, a.atttypmod),
       case when a.attidentity = 'a' then 'a' else a.attgenerated::text end, false, null
  from pg_catalog.pg_attribute a
 where a.attrelid = to_regclass('/* profile table */') and not a.attisdropped
   and (a.attgenerated <> '' or a.attidentity = 'a')
   and a.attname in ('user_id', 'module_id', 'access_type', 'expires_at', 'is_active', 'metadata')
union all
select 'short', a.attname::text, null,
       case when t.typtype = 'd' then format('%s (%s)', format_type(t.oid, null), format_type(t.typbasetype, t.typtypmod))
            else format_type(a.atttypid, a.atttypmod) end, null, false, null
  from pg_catalog.pg_attribute a
  join (values ('user_id', 36), ('access_type', 8)) as needed (name, length) on needed.name = a.attname
  join pg_catalog.pg_type t on t.oid = a.atttypid
 cross join lateral (select case when t.typtype = 'd' then t.typbasetype else t.oid end as base,
                            case when t.typtype = 'd' then t.typtypmod else a.atttypmod end as modifier) of
 where a.attrelid = to_regclass('/* profile table */') and not a.attisdropped
   and of.base in ('varchar'::regtype, 'bpchar'::regtype) and of.modifier >= 0 and of.modifier - 4 < needed.length
union all
select 'trigger', t.tgname::text,
       substring(pg_catalog.pg_get_triggerdef(t.oid) from ' WHEN \((.*)\) EXECUTE (?:FUNCTION|PROCEDURE) '), p.prosrc, null,
       (t.tgtype & 3) = 3,
       (select c.function from kept c where c.class = 'pg_catalog.pg_trigger'::regclass and c.object = t.oid)
  from pg_catalog.pg_trigger t
  join pg_catalog.pg_proc p on p.oid = t.tgfoid
  join pg_catalog.pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'
 where t.tgrelid = to_regclass('/* profile table */') and not t.tgisinternal and t.tgenabled in ('O', 'A')
   and (t.tgtype & 4) <> 0
union all
select 'update', t.tgname::text,
       substring(pg_catalog.pg_get_triggerdef(t.oid) from ' WHEN \((.*)\) EXECUTE (?:FUNCTION|PROCEDURE) '), p.prosrc,
       p.oid::regprocedure::text, (t.tgtype & 3) = 3,
       (select c.function from kept c where c.class = 'pg_catalog.pg_trigger'::regclass and c.object = t.oid)
  from pg_catalog.pg_trigger t
  join pg_catalog.pg_proc p on p.oid = t.tgfoid
  join pg_catalog.pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'
 where t.tgrelid = to_regclass('/* profile table */') and not t.tgisinternal and t.tgenabled in ('O', 'A')
   and (t.tgtype & 16) <> 0
   and (t.tgattr::text = ''
        or exists (select from pg_catalog.pg_attribute a
                    where a.attrelid = t.tgrelid and a.attnum = any (t.tgattr)
                      and a.attname in ('is_active', 'updated_at', 'metadata')))
union all
select 'reference', k.conname::text, null, k.confrelid::regclass::text, json_build_array(a.attname, f.attname)::text, false,
       null
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
  join pg_catalog.pg_attribute f on f.attrelid = k.confrelid and f.attnum = k.confkey[1]
 where k.conrelid = to_regclass('/* profile table */') and k.contype = 'f' and cardinality(k.conkey) = 1
   and a.attname in ('user_id', 'module_id')
   and k.confrelid not in (select r.oid from unnest(array[to_regclass('public.modules'), to_regclass('public.profiles'),
                                                          to_regclass('auth.users')]) as r (oid) where r.oid is not null)
   and coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)
union all
select 'key', k.conname::text, null, k.confrelid::regclass::text,
       (select jsonb_agg(jsonb_build_array(quote_ident(a.attname), quote_ident(f.attname)))::text
          from unnest(k.conkey, k.confkey) as n (ours, theirs)
          join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = n.ours
          join pg_catalog.pg_attribute f on f.attrelid = k.confrelid and f.attnum = n.theirs), false, null
  from pg_catalog.pg_constraint k
 where k.conrelid = to_regclass('/* profile table */') and k.contype = 'f'
   and coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)
union all
select 'exclude', k.conname::text, coalesce(pg_catalog.pg_get_expr(i.indpred, i.indrelid), 'true'), null,
       (select jsonb_agg(jsonb_build_array(pg_catalog.pg_get_indexdef(i.indexrelid, n.place::integer, false),
                                           format('operator(%I.%s)', s.nspname, o.oprname)) order by n.place)::text
          from unnest(k.conexclop) with ordinality as n (operator, place)
          join pg_catalog.pg_operator o on o.oid = n.operator
          join pg_catalog.pg_namespace s on s.oid = o.oprnamespace), false,
       (select c.function from kept c where c.class = 'pg_catalog.pg_class'::regclass and c.object = i.indexrelid)
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_index i on i.indexrelid = k.conindid
 where k.conrelid = to_regclass('/* profile table */') and k.contype = 'x'
union all
select 'default', o.name::text, null, null, null, false, o.function from open_columns o
union all
select 'type', format_type(c.object, null), null, null, null, false, c.function
  from calls c
 where c.class = 'pg_catalog.pg_type'::regclass
 order by 1, 2
