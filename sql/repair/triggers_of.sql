-- The triggers that call some functions, named as the server names them in the context of an error; an event trigger has
-- no table.
-- Parameter: functions (text[]).
select t.tgname::text as trigger, t.tgrelid::regclass::text as "table"
  from pg_catalog.pg_trigger t
 where not t.tgisinternal
   and t.tgfoid in (select to_regprocedure(f.name)::oid from unnest(%(functions)s::text[]) as f (name) where f.name like '%%(%%)')
 union all
select e.evtname::text, null
  from pg_catalog.pg_event_trigger e
 where e.evtfoid in (select to_regprocedure(f.name)::oid from unnest(%(functions)s::text[]) as f (name) where f.name like '%%(%%)')
 order by 2, 1
