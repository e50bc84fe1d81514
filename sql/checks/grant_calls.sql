-- The expressions on module_access that must not be worked out, as they call what may act: each with one function.
-- pg_depend names the functions that somebody made, directly or through an operator or a domain; one of them is
-- harmless if it is not volatile and its source, with all functions that it names, does nothing but look.
-- Built-in functions are not in pg_depend: volatile ones are found by their names in the text.
with recursive starts (class, object, said) as (
    select 'pg_catalog.pg_constraint'::regclass::oid, k.oid, pg_catalog.pg_get_constraintdef(k.oid)
      from pg_catalog.pg_constraint k
     where k.conrelid = to_regclass('/* profile table */') and k.contype = 'c'
    union all
    select 'pg_catalog.pg_attrdef'::regclass, e.oid, pg_catalog.pg_get_expr(e.adbin, e.adrelid)
      from pg_catalog.pg_attrdef e
     where e.adrelid = to_regclass('/* profile table */')
    union all
    select 'pg_catalog.pg_class'::regclass, i.indexrelid,
           concat_ws(' ', pg_catalog.pg_get_expr(i.indexprs, i.indrelid), pg_catalog.pg_get_expr(i.indpred, i.indrelid))
      from pg_catalog.pg_index i
     where i.indrelid = to_regclass('/* profile table */') and i.indisunique
    union all
    select 'pg_catalog.pg_trigger'::regclass, t.oid,
           substring(pg_catalog.pg_get_triggerdef(t.oid) from ' WHEN (\(.*\)) EXECUTE (?:FUNCTION|PROCEDURE) ')
      from pg_catalog.pg_trigger t
     where t.tgrelid = to_regclass('/* profile table */') and not t.tgisinternal
    union all
    select distinct 'pg_catalog.pg_type'::regclass::oid, a.atttypid, ''
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_type t on t.oid = a.atttypid and t.typtype = 'd'
     where a.attrelid = to_regclass('/* profile table */') and a.attnum > 0 and not a.attisdropped
), reached (start_class, start_object, class, object) as (
    select s.class, s.object, s.class, s.object from starts s
    union
    select r.start_class, r.start_object, n.class, n.object
      from reached r cross join lateral (
          select d.refclassid as class, d.refobjid as object
            from pg_catalog.pg_depend d
           where d.classid = r.class and d.objid = r.object
             and d.refclassid in ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass,
                                  'pg_catalog.pg_type'::regclass)
             and not (r.class = 'pg_catalog.pg_trigger'::regclass
                      and d.refobjid = (select t.tgfoid from pg_catalog.pg_trigger t where t.oid = r.object))
          union all
          select 'pg_catalog.pg_constraint'::regclass, k.oid
            from pg_catalog.pg_constraint k
           where r.class = 'pg_catalog.pg_type'::regclass and k.contypid = r.object
          union all
          select 'pg_catalog.pg_proc'::regclass, g.oid
            from pg_catalog.pg_proc f
            join pg_catalog.pg_language l on l.oid = f.prolang and l.lanname in ('sql', 'plpgsql')
            join pg_catalog.pg_proc g
              on lower(g.proname) = any (regexp_split_to_array(lower(f.prosrc), '[^[:alnum:]_$]+'))
             and g.pronamespace <> 'pg_catalog'::regnamespace
           where r.class = 'pg_catalog.pg_proc'::regclass and f.oid = r.object) n
), acting (name) as (
    select v.proname::text
      from pg_catalog.pg_proc v
     where v.pronamespace = 'pg_catalog'::regnamespace
       and (v.provolatile = 'v' or v.proname like '%\_to\_xml%')
       and v.prorettype <> 'pg_catalog.tsm_handler'::regtype
       and v.proname not in ('gen_random_uuid', 'uuidv4', 'uuidv7', 'random', 'clock_timestamp',
                             'timeofday', 'pg_trigger_depth')
), found (class, object, function, direct) as (
    select r.start_class, r.start_object, p.proname::text,
           exists (select from pg_catalog.pg_depend d
                    where d.classid = r.start_class and d.objid = r.start_object
                      and d.refclassid = 'pg_catalog.pg_proc'::regclass and d.refobjid = p.oid)
      from reached r
      join pg_catalog.pg_proc p on p.oid = r.object
      join pg_catalog.pg_language l on l.oid = p.prolang
     where r.class = 'pg_catalog.pg_proc'::regclass
       and case
           when p.provolatile = 'v' then true
           -- What an extension brings and calls immutable is taken at its word: the functions of citext, for one.
           when l.lanname in ('c', 'internal')
           then p.provolatile <> 'i'
                or not exists (select from pg_catalog.pg_depend d
                                where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
           when l.lanname not in ('sql', 'plpgsql') or p.prosrc = '' then true
           else p.prosrc ~* '(dblink|http|\mnet\.|pg_advisory|pg_notify|\mlo_|\mcopy\M|\mexecute\M|u&")'
                or regexp_split_to_array(lower(p.prosrc), '[^[:alnum:]_$]+')
                   && ((select array_agg(a.name) from acting a)
                       || (select coalesce(array_agg(lower(c.relname)), '{}'::text[])
                             from pg_catalog.pg_class c
                            where c.relkind in ('v', 'f')
                              and c.relnamespace not in (select n.oid from pg_catalog.pg_namespace n
                                                          where n.nspname in ('pg_catalog', 'information_schema'))))
           end
    union all
    select s.start_class, s.start_object, w.name[1], true
      from (select r.start_class, r.start_object, t.said
              from reached r
              join starts t on t.class = r.start_class and t.object = r.start_object
             where r.class = r.start_class and r.object = r.start_object
            union all
            select r.start_class, r.start_object, pg_catalog.pg_get_constraintdef(r.object)
              from reached r
             where r.class = 'pg_catalog.pg_constraint'::regclass) s
     cross join lateral regexp_matches(s.said, '([[:alnum:]_$]+)"?\s*\(', 'g') as w (name)
     where w.name[1] in (select a.name from acting a)
)
select f.class, f.object,
       (array_agg(f.function order by f.direct desc, f.function))[1] as function
  from found f
 group by f.class, f.object
