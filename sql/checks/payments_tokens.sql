-- The active tokens with an owner; begins the query of payments_join.
with token as (
    select t.created_by::text as owner, t.module_id::text as module_id, t.expires_at::timestamp as ends
      from public.access_tokens t
     where t.is_active and t.created_by is not null
)
