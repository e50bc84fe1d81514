-- The active tokens with an owner; begins the query of domain/verdict.
with /* include domain/token_ends */
, token as (
    select t.id::text as token_id, t.created_by::text as owner, t.module_id::text as module_id,
           t.expires_at::timestamp as ends, t.created_at::timestamp as made
      from public.access_tokens t
     where t.is_active and t.created_by is not null
)
