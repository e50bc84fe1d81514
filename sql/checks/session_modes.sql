-- Which mode the payments were of that the handler gave an access for in the last 30 days (a session's id
-- begins with cs_live_ or cs_test_), and when it did so last. No parameter.
select substring(a.metadata ->> 'session_id' from 4 for 4) as mode,
       count(*) as rows,
       to_char(max(a.created_at::timestamp), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as newest
  from /* include profile/accesses */ a
 where a.created_at::timestamp > (now() at time zone 'utc') - interval '30 days'
   and (starts_with(a.metadata ->> 'session_id', 'cs_live_') or starts_with(a.metadata ->> 'session_id', 'cs_test_'))
   and a.metadata ->> 'reconciled' is null
 group by 1
