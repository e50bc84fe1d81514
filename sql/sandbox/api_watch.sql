-- What tells the Data API that the schema changed. Grants, policies and indexes raise no notification:
-- the API caches none of them. Event triggers need a superuser.
create or replace function extensions.pgrst_ddl_watch() returns event_trigger language plpgsql as $$
begin
  perform
  from pg_catalog.pg_event_trigger_ddl_commands() as done
  where done.command_tag in (
      'CREATE SCHEMA', 'ALTER SCHEMA',
      'CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE',
      'CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE',
      'CREATE VIEW', 'ALTER VIEW',
      'CREATE MATERIALIZED VIEW', 'ALTER MATERIALIZED VIEW',
      'CREATE FUNCTION', 'ALTER FUNCTION',
      'CREATE TYPE', 'ALTER TYPE',
      'CREATE TRIGGER', 'CREATE RULE', 'COMMENT'
    )
    and coalesce(done.schema_name, '') not in ('pg_temp', 'auth', 'realtime', '_realtime', 'storage');
  if found then
    notify pgrst, 'reload schema';
  end if;
end
$$;

create or replace function extensions.pgrst_drop_watch() returns event_trigger language plpgsql as $$
begin
  perform
  from pg_catalog.pg_event_trigger_dropped_objects() as gone
  where gone.object_type in (
      'schema', 'table', 'foreign table', 'view', 'materialized view', 'function', 'type', 'trigger', 'rule'
    )
    and not gone.is_temporary
    and coalesce(gone.schema_name, '') not in ('auth', 'realtime', '_realtime', 'storage');
  if found then
    notify pgrst, 'reload schema';
  end if;
end
$$;

alter function extensions.pgrst_ddl_watch() owner to supabase_admin;
alter function extensions.pgrst_drop_watch() owner to supabase_admin;

drop event trigger if exists pgrst_ddl_watch;
drop event trigger if exists pgrst_drop_watch;
create event trigger pgrst_ddl_watch on ddl_command_end execute function extensions.pgrst_ddl_watch();
create event trigger pgrst_drop_watch on sql_drop execute function extensions.pgrst_drop_watch();
alter event trigger pgrst_ddl_watch owner to supabase_admin;
alter event trigger pgrst_drop_watch owner to supabase_admin;
