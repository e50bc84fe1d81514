-- Logins that no profile has the id of, and what each of them holds. Deleted and anonymous logins are left out.
-- Parameters: emails, addresses in lower case that somebody paid with; most, how many rows at most.
with missing as materialized (
    select u.id::text as id, /* include domain/address of=u.email::text */ as email, to_jsonb(u) as login
      from auth.users u
     where nullif(btrim(u.email::text), '') is not null
       and not exists (select from public.profiles p where p.id::text = u.id::text)
), real as (
    select m.id, m.email from missing m
     where m.login ->> 'deleted_at' is null and coalesce(m.login ->> 'is_anonymous', 'false') <> 'true'
), twin as (
    select /* include domain/address of=p.email::text */ as email, min(p.id::text) as id
      from public.profiles p
     where /* include domain/address of=p.email::text */ in (select r.email from real r)
     group by 1
), judged as (
    select r.id, r.email, twin.id is not null as profile_of_another_id,
           r.email = any(%(emails)s) as paid,
           exists (select from public.access_tokens t
                    where t.is_active and t.created_by::text in (r.id, r.email, twin.id)) as token,
           exists (select from /* include profile/accesses */ a
                    where a.is_active and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))
                      and a.user_id::text in (r.id, r.email, twin.id)) as access
      from real r left join twin on twin.email = r.email
)
select j.email, j.profile_of_another_id, j.paid or j.token or j.access as owns, count(*) over () as found
  from judged j
 order by (j.paid or j.token or j.access) desc, j.email
 limit %(most)s
