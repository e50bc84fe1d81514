-- No tokens, where access_tokens is not there or not whole; begins the query of domain/verdict.
with /* include domain/no_token_ends */
, token as (
    select null::text as token_id, null::text as owner, null::text as module_id, null::timestamp as ends,
           null::timestamp as made where false
)
