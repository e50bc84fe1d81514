-- (after backfill/classified) Tokens that wait for their access, and how many of them are special.
, due as (
    select c.owner, c.module_id,
           exists (select from public.profiles p where p.id::text = c.owner) as known,
           exists (select from public.profiles p where lower(btrim(p.email)) = lower(c.owner)) as email_owner
      from classified c where c.verdict = 'to_create'
), doubled as (
    select c.owner, c.module_id from classified c
     where c.verdict in ('to_create', 'duplicate') group by 1, 2 having count(*) > 1
)
select (select count(*) from due) as due,
       (select count(*) from due where email_owner and not known) as due_email_owner,
       (select count(*) from due d where exists (select from doubled x where x.owner = d.owner and x.module_id = d.module_id)) as due_doubled,
       (select count(*) from classified c where c.verdict = 'covered') as covered
