-- Where near.sql looks for addresses: in logins alone.
with everybody as (
    select 'login' as place, u.id::text as id, u.email::text as email from auth.users u
)
