-- Where near.sql looks for addresses: in profiles alone.
with everybody as (
    select 'profile' as place, p.id::text as id, p.email::text as email from public.profiles p
)
