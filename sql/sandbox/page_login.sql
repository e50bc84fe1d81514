-- Who signs in with this address; read as the database's owner, like the auth service does.
select id::text as id, email::text as email from auth.users
where lower(email) = lower(%(email)s) and deleted_at is null
