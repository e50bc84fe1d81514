-- One access for each token that is due one. How many were due, and how many came of it, is left in
-- iahome_fix.due and iahome_fix.created. An access that is over is written as what it is: called active, it would make
-- the handler refuse the customer's renewal. Parameter: run_id (text).
, created as (
    insert into public.module_access (user_id, module_id, access_type, token_id, expires_at, is_active, metadata)
    select w.user_id, w.module_id, w.access_type, w.token_id, w.expires_at, w.is_active,
           jsonb_build_object('token_id', w.whole_id, 'created_from_token', true,
                              'run_id', %(run_id)s::text, 'fingerprint', /* fingerprint */)
      from (select c.owner as user_id, c.module_key as module_id, 'token' as access_type,
                   left(c.token_id, 255) as token_id, c.token_id as whole_id, c.expires_at, not c.is_over as is_active,
                   jsonb_build_object('token_id', c.token_id, 'created_from_token', true) as metadata
              from classified c
             where c.verdict = 'to_create') w
        on conflict (user_id, module_id) where is_active do nothing
 returning id
)
select set_config('iahome_fix.due', (select count(*) from classified c where c.verdict = 'to_create')::text, true),
       /* include backfill/promised */,
       set_config('iahome_fix.created', (select count(*) from created)::text, true)
