-- Where access_tokens is not there or not whole, no token tells a term. (For domain/withdrawn.)
token_end as (
    select null::text as token_id, null::timestamp as ends where false
)
