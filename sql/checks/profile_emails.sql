-- Profiles whose address is not their login's, and addresses that several profiles have; capitals and blanks alone
-- are the matter of data.email-case. "owns": it paid with one of its addresses, or has a token or an access.
-- Parameters: emails, addresses in lower case that somebody paid with; most, how many rows at most.
with profile as (
    select p.id::text as id, p.email::text as email from public.profiles p
), other as (
    select 'other' as kind, p.id, coalesce(p.email, '') as email, /* include domain/address of=u.email::text */ as login
      from auth.users u join profile p on p.id = u.id::text
     where nullif(btrim(u.email::text), '') is not null and to_jsonb(u) ->> 'deleted_at' is null
       and p.email is distinct from u.email::text
       and (/* include domain/address of=p.email */ is distinct from /* include domain/address of=u.email::text */
            or p.email = /* include domain/address of=p.email */)
), doubled as (
    select 'doubled' as kind, p.id, p.email, /* include domain/address of=p.email */ as login
      from profile p
      join (select q.email from profile q where q.email <> '' group by 1 having count(*) > 1) d on d.email = p.email
), judged as (
    select f.*,
           f.login = any(%(emails)s) or /* include domain/address of=f.email */ = any(%(emails)s)
           or exists (select from public.access_tokens t where t.is_active and t.created_by::text = f.id)
           or exists (select from /* include profile/accesses */ a
                       where a.is_active and a.user_id::text = f.id
                         and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))) as owns
      from (select * from other union all select * from doubled) f
)
select j.kind, j.email, j.login, j.owns from judged j order by j.owns desc, j.kind, j.login limit %(most)s
