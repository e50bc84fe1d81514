-- The counts of a backfill: one row per verdict.
select c.verdict,
       count(*) as tokens,
       count(*) filter (where c.withdrawn and c.verdict = 'covered') as withdrawn,
       count(*) filter (where c.verdict = 'to_create'
                          and not exists (select from public.profiles p where p.id::text = c.owner)) as unknown_user
  from classified c
 group by c.verdict
