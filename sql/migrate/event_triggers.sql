-- The event triggers of others that run at changes of the schema: their function, and whether its body raises an
-- exception (raise without one of the levels that only tell). Those of extensions and of the platform itself are left out.
select e.evtname::text as name,
       format('%s(%s)', p.oid::regproc, pg_catalog.pg_get_function_identity_arguments(p.oid)) as function,
       regexp_replace(p.prosrc, '--[^\n]*', '', 'g')
         ~* '\mraise\M(?!\s+(debug|log|info|notice|warning)\M)' as refuses
  from pg_catalog.pg_event_trigger e
  join pg_catalog.pg_proc p on p.oid = e.evtfoid
 where e.evtenabled in ('O', 'A') and e.evtevent in ('ddl_command_start', 'ddl_command_end', 'sql_drop', 'table_rewrite')
   and (e.evttags is null or e.evttags && array['CREATE TABLE', 'ALTER TABLE', 'CREATE INDEX', 'DROP INDEX', 'CREATE POLICY',
                                                'CREATE SEQUENCE', 'ALTER SEQUENCE', 'GRANT', 'REVOKE', 'COMMENT'])
   and pg_catalog.pg_get_userbyid(e.evtowner) <> 'supabase_admin'
   and not exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_event_trigger'::regclass and d.objid = e.oid and d.deptype = 'e')
 order by 1
