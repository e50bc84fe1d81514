-- One access for each token that is due one. Parameter: run_id (text).
, created as (
    insert into public.module_access (user_id, module_id, access_type, token_id, expires_at, is_active, metadata)
    select c.owner, c.module_key, 'token', left(c.token_id, 255), c.expires_at, true,
           jsonb_build_object('token_id', c.token_id, 'created_from_token', true, 'run_id', %(run_id)s::text)
      from classified c
     where c.verdict = 'to_create'
        on conflict do nothing
 returning id
)
select count(*) as created from created
