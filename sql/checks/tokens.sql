-- (after backfill/classified) Tokens that wait for their access, and how many of them are special.
-- Profiles are joined, not asked for each token: that would read all of them for every one.
, due as (
    select c.owner, c.module_id, known.owner is not null as known, by_email.email is not null as email_owner
      from classified c
      left join (select distinct p.id::text as owner from public.profiles p) known on known.owner = c.owner
      left join (select distinct /* include domain/address of=p.email */ as email from public.profiles p) by_email
        on by_email.email = /* include domain/address of=c.owner */
     where c.verdict = 'to_create'
), doubled as (
    select c.owner, c.module_id from classified c
     where c.verdict in ('to_create', 'duplicate') group by 1, 2 having count(*) > 1
)
select (select count(*) from due) as due,
       (select count(*) from due where email_owner and not known) as due_email_owner,
       (select count(*) from due d join doubled x on x.owner = d.owner and x.module_id = d.module_id) as due_doubled,
       (select count(*) from due d
         where exists (select from /* include profile/accesses */ a
                        where a.module_id::text = d.module_id
                          and lower(btrim(a.user_id::text)) = lower(d.owner))
            or not d.known and exists (select from public.profiles p where p.id::text = lower(d.owner))) as due_odd,
       (select count(*) from classified c where c.verdict = 'covered') as covered,
       (select count(*) from classified c where c.verdict = 'withdrawn') as withdrawn
