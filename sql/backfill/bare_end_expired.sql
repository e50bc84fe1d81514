-- As backfill/end_expired, in a table that says nothing of payments or runs: nothing else of the row is changed, so
-- that undo has only to activate it again. The ids are left in iahome_fix.ended.
, ended as (
    update /* profile table */ a
       set /* profile active */ = false
      from classified c
     where c.verdict = 'to_create'
       and a./* profile active */ and a./* profile ends */::timestamp <= (now() at time zone 'utc')
       and a./* profile owner */::text = c.owner and a./* profile module */::text = c.module_id
 returning a./* profile id */::text as id
)
select set_config('iahome_fix.ended', (select coalesce(jsonb_agg(e.id), '[]'::jsonb)::text from ended e), true)
