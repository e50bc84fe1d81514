-- (within a query) Whom the accesses in force give which module, and until when (seconds since 1970; endless: Infinity),
-- whatever rows they are: of several the one that lasts longest; "grain", by how much less a column may hold than was
-- meant. Mark: whose, a further condition on a row `a`.
select a.user_id::text as owner, a.module_id::text as module,
       max(case when a.expires_at is null then 'Infinity' else extract(epoch from a.expires_at::timestamp)::numeric end) as until,
       max(case pg_typeof(a.expires_at)::text when 'date' then 86400 else 3600 end) as grain
  from /* include profile/accesses */ a
 where a.is_active and a.user_id is not null and a.module_id is not null
   and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))
   /* whose */
 group by 1, 2
