-- No tokens, where access_tokens is not there or not whole; begins the query of payments_join.
with token as (
    select null::text as owner, null::text as module_id, null::timestamp as ends where false
)
