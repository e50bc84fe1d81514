-- The logins of an address, letter case and blanks aside, and those with some ids; deleted ones left out.
-- Parameters: key, the address in lower case; blanks, what may stand around it; ids, of profiles.
with found as materialized (
    -- Kept apart: a whole row as JSON is to be made of those few only.
    select u.id::text as id, u.email::text as email, to_jsonb(u) ->> 'deleted_at' as deleted_at
      from auth.users u
     where (/* include domain/address of=translate(u.email::text,%(blanks)s::text,'') */ = nullif(%(key)s::text, '')
            or u.id::text = any(%(ids)s::text[]))
       and u.email is not null
)
select f.id, f.email from found f where f.deleted_at is null order by 1 limit 50
