-- Where near.sql looks for addresses: in profiles and in logins.
with everybody as (
    select 'profile' as place, p.id::text as id, p.email::text as email from public.profiles p
    union all
    select 'login', u.id::text, u.email::text from auth.users u
)
