-- The roles of a Supabase project with their settings. They belong to the whole cluster, so this file may run
-- any number of times, from any database of it. A role `postgres` that is already a superuser is left alone.

-- Shared by all databases: two set-ups at once wait for each other instead of colliding.
lock table pg_catalog.pg_authid in share row exclusive mode;

do $roles$
declare
  spec record;
begin
  for spec in
    select * from (values
      ('supabase_admin',          'login superuser createdb createrole replication bypassrls'),
      ('postgres',                'login nosuperuser createdb createrole replication bypassrls'),
      ('anon',                    'nologin inherit'),
      ('authenticated',           'nologin inherit'),
      ('service_role',            'nologin inherit bypassrls'),
      ('authenticator',           'login noinherit'),
      ('supabase_auth_admin',     'login noinherit'),
      ('supabase_read_only_user', 'login bypassrls')
    ) as wanted (name, attributes)
    where not exists (select from pg_catalog.pg_roles as r where r.rolname = wanted.name)
  loop
    execute format('create role %I with %s', spec.name, spec.attributes);
  end loop;
end
$roles$;

grant anon, authenticated, service_role to authenticator;
grant pg_read_all_data to supabase_read_only_user;

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
alter role supabase_auth_admin set search_path = auth;

do $owner$
begin
  if (select r.rolsuper from pg_catalog.pg_roles as r where r.rolname = 'postgres') then
    return;
  end if;
  grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;
  -- Since PostgreSQL 16 CREATEROLE alone no longer administers roles that somebody else created.
  if current_setting('server_version_num')::integer >= 160000 then
    grant anon, authenticated, service_role to postgres with admin option;
  else
    grant anon, authenticated, service_role to postgres;
  end if;
  alter role postgres set search_path = "$user", public, extensions;
end
$owner$;
