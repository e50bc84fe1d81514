-- Owners and modules that name nobody and nothing, counted. What is over counts as nobody's loss, and so does what
-- the customer has under the right id.
with email as (
    select /* include domain/address of=p.email */ as email, min(p.id::text) as id
      from public.profiles p group by 1 having count(*) = 1
), access as (
    select a.user_id::text as owner, a.module_id::text as module_id, a.is_active,
           a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc') as in_force
      from /* include profile/accesses */ a
), gone as (
    select a.module_id, count(*) as rows
      from access a
     where a.is_active and a.in_force and a.module_id is not null
       and not exists (select from public.modules m where m.id::text = a.module_id)
     group by 1
)
select (select count(*) from public.access_tokens t
         where t.is_active and nullif(btrim(t.created_by::text), '') is null) as tokens_without_owner,
       (select count(*) from public.access_tokens t join email e on e.email = /* include domain/address of=t.created_by::text */
         where t.is_active and (t.expires_at is null or t.expires_at::timestamp > (now() at time zone 'utc'))
           and not exists (select from access a where a.is_active and a.in_force
                              and a.owner = e.id and a.module_id = t.module_id::text)) as tokens_with_email_owner,
       (select count(*) from public.access_tokens t
         where t.is_active and nullif(btrim(t.created_by::text), '') is not null
           and not exists (select from public.profiles p where p.id::text = btrim(t.created_by::text))
           and not exists (select from email e where e.email = /* include domain/address of=t.created_by::text */)) as tokens_of_strangers,
       (select count(*) from access o join email e on e.email = /* include domain/address of=o.owner */
         where o.is_active and o.in_force
           and not exists (select from access a where a.is_active and a.in_force
                              and a.owner = e.id and a.module_id = o.module_id)) as rows_with_email_owner,
       (select count(*) from access a
         where a.is_active
           and not exists (select from public.profiles p where p.id::text = a.owner)
           and not exists (select from email e where e.email = /* include domain/address of=a.owner */)) as rows_of_strangers,
       (select coalesce(sum(g.rows), 0)::bigint from gone g) as rows_without_module,
       (select string_agg(g.module_id, ', ' order by g.module_id)
          from (select * from gone order by gone.rows desc, gone.module_id limit 10) g) as modules_gone
