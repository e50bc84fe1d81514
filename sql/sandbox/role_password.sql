-- Writes the statement that gives a role a password, so that it can log in where passwords are asked for.
select format('alter role %%I password %%L', %(role)s::text, %(password)s::text) as statement
