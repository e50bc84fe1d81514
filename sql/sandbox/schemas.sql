-- The schemas of one Supabase database and who may use them.
do $owner$
begin
  execute format('alter database %I owner to postgres', current_database());
end
$owner$;

create schema if not exists extensions authorization postgres;
create schema if not exists auth authorization supabase_admin;

grant usage, create on schema public to postgres;
grant usage on schema public, extensions, auth to postgres, anon, authenticated, service_role;
grant usage, create on schema auth to supabase_auth_admin;

-- Not every server has the contributed modules: what is there is installed where Supabase has it.
do $modules$
declare
  module text;
begin
  for module in
    select a.name
    from pg_catalog.pg_available_extensions as a
    where a.name in ('pgcrypto', 'uuid-ossp') and a.installed_version is null
  loop
    execute format('create extension %I with schema extensions', module);
  end loop;
end
$modules$;
