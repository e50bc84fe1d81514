-- As backfill/create, in a table that says nothing of payments or runs: the access is as the app's handler writes it, but
-- for its end, which is the token's.
, wanted as (
    select c.owner, c.module_key as module, to_jsonb(m) ->> 'title' as title, c.expires_at as ends
      from classified c
      join public.modules m on m.id = c.module_key
     where c.verdict = 'to_create'
), created as (
    insert into /* profile table */ (/* profile granted */)
    select /* profile granted_of_r */
      from wanted d
     cross join lateral jsonb_populate_record(null::/* profile table */, /* profile granted_as_json */) r
 returning /* profile id */::text as id
)
select set_config('iahome_fix.due', (select count(*) from classified c where c.verdict = 'to_create')::text, true),
       /* include backfill/promised */,
       set_config('iahome_fix.created', (select count(*) from created)::text, true),
       set_config('iahome_fix.ids', (select coalesce(jsonb_agg(c.id), '[]'::jsonb)::text from created c), true)
