-- (within a query) Whom the accesses in force give which module, and until when (seconds since 1970; endless: Infinity),
-- whatever rows they are: of several the one that lasts longest. Mark: whose, a condition on a row `a`.
select a.user_id::text as owner, a.module_id::text as module,
       max(case when a.expires_at is null then 'Infinity' else extract(epoch from a.expires_at::timestamp)::numeric end) as until
  from /* include profile/accesses */ a
 where a.is_active and a.user_id is not null and a.module_id is not null
   and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))
   and /* whose */
 group by 1, 2
