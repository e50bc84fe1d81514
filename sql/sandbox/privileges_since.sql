-- The regime since 2026-10-30, applied on top of privileges_before: what applications use is taken back, a residue
-- stays (tables: truncate, references, trigger and, since PostgreSQL 17, maintain; sequences: update).
alter default privileges for role postgres in schema public
  revoke select, insert, update, delete on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke usage, select on sequences from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke execute on functions from anon, authenticated, service_role;
