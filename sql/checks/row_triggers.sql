-- The triggers that fire when an access is written or changed, each with its function as the server names it in the
-- context of an error (the search_path is the Data API's). `known`: it is of an extension that only stamps its own row.
select t.tgname::text as name, p.oid::regprocedure::text as function, l.lanname::text as language, p.prosrc as body,
       substring(pg_catalog.pg_get_triggerdef(t.oid) from ' WHEN \((.*)\) EXECUTE (?:FUNCTION|PROCEDURE) ') as condition,
       (t.tgtype & 4) <> 0 as on_insert, (t.tgtype & 16) <> 0 as on_update, (t.tgtype & 3) = 3 as may_drop,
       exists (select from pg_catalog.pg_depend d
                 join pg_catalog.pg_extension e on e.oid = d.refobjid and e.extname in ('moddatetime', 'autoinc', 'insert_username')
                where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e') as known
  from pg_catalog.pg_trigger t
  join pg_catalog.pg_proc p on p.oid = t.tgfoid
  join pg_catalog.pg_language l on l.oid = p.prolang
 where t.tgrelid = to_regclass('/* profile table */') and not t.tgisinternal and t.tgenabled in ('O', 'A')
 order by t.tgname
