-- A project whose owner took everything back, residue included, on top of privileges_before.
alter default privileges for role postgres in schema public
  revoke all on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke all on sequences from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke all on functions from anon, authenticated, service_role;
-- Functions are executable by everybody unless that is revoked for all schemas at once.
alter default privileges for role postgres
  revoke execute on functions from public;
