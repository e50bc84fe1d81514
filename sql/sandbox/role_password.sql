-- Writes the statements that give a role a password, so that it can log in where passwords are asked for. Roles
-- are shared by all databases: two set-ups at once wait for each other instead of colliding.
select format(
  'lock table pg_catalog.pg_authid in share row exclusive mode; alter role %%I password %%L',
  %(role)s::text,
  %(password)s::text
) as statement
