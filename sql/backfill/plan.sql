-- The counts of a backfill: one row per verdict.
select c.verdict,
       count(*) as tokens,
       count(distinct c.owner) filter (where c.verdict = 'to_create') as customers,
       count(*) filter (where c.verdict = 'to_create' and p.owner is null) as unknown_user
  from classified c
  -- Joined, not asked for each token: that would read all profiles for every one as soon as there are many.
  left join (select distinct id::text as owner from public.profiles) p on p.owner = c.owner
 group by c.verdict
