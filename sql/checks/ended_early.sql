-- Paid accesses that are over although what was bought is not, where the customer has no other one in force.
-- "explained" where the row itself says that it was meant.
-- Parameters: sales, a JSON list of {session_id, until} (times with a zone); most, how many rows at most.
with sale as (
    select s.session_id, s.until at time zone 'utc' as until
      from jsonb_to_recordset(%(sales)s::jsonb) as s (session_id text, until timestamptz)
)
select s.session_id, a.id::text as id, a.expires_at::text as ends, s.until::text as until,
       /* include domain/says_why held=to_jsonb(a.metadata) more=||'|ended' */ as explained
  from /* include profile/accesses */ a
  join sale s on s.session_id = to_jsonb(a.metadata) ->> 'session_id'
 where a.is_active and a.expires_at::timestamp <= (now() at time zone 'utc') and a.expires_at::timestamp < s.until
   and not exists (select from /* include profile/accesses */ b
                    where b.is_active and b.user_id::text = a.user_id::text and b.module_id::text = a.module_id::text
                      and (b.expires_at is null or b.expires_at::timestamp > (now() at time zone 'utc')))
 order by 1, 2
 limit %(most)s
