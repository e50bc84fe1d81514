-- When the app's handler last wrote an access (UTC), within a week: such a row names its Checkout Session and was
-- made by no repair. null where there is none.
select to_char(max(a.created_at::timestamp), 'YYYY-MM-DD"T"HH24:MI:SS') as newest
  from /* include profile/accesses */ a
 where a.created_at::timestamp between (now() at time zone 'utc') - interval '7 days' and (now() at time zone 'utc')
   and left(to_jsonb(a.metadata) ->> 'session_id', 3) = 'cs_'
   and to_jsonb(a.metadata) ->> 'reconciled' is null
   and to_jsonb(a.metadata) ->> 'run_id' is null
