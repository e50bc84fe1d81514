-- The end of every token, active or not: the term of the accesses that were made of it. (For domain/withdrawn.)
token_end as (
    select left(t.id::text, 255) as token_id, t.expires_at::timestamp as ends
      from public.access_tokens t
)
