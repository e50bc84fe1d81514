-- Accesses in force, and active tokens without one, whose owner is a profile's id in other letters (capitals,
-- blanks): the app compares exactly. Blanks around a token's owner alone are no matter: backfill leaves them out. What the customer has under the right id as well counts as no loss.
with profile as (
    select p.id::text as id from public.profiles p
), access as (
    select a.user_id::text as owner, a.module_id::text as module_id
      from /* include profile/accesses */ a
     where a.is_active and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))
), odd as (
    select 'module_access' as "table", a.module_id, p.id
      from access a join profile p on p.id = lower(btrim(a.owner)) and p.id <> a.owner
    union all
    select 'access_tokens', t.module_id::text, p.id
      from public.access_tokens t
      join profile p on p.id = lower(btrim(t.created_by::text)) and p.id <> btrim(t.created_by::text)
     where t.is_active and (t.expires_at is null or t.expires_at::timestamp > (now() at time zone 'utc'))
)
select o."table", count(*) as found
  from odd o
 where not exists (select from access a where a.owner = o.id and a.module_id = o.module_id)
 group by 1
 order by 1 desc
