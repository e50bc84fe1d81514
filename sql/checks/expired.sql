-- Rows that are active but over.
select count(*) as found, min(a.expires_at::timestamp)::text as oldest
  from /* include profile/accesses */ a
 where a.is_active and a.expires_at::timestamp <= (now() at time zone 'utc')
