-- A customer to look through the eyes of: one with an access in force where there is one, else any.
select p.id::text as id, p.email::text as email, h.rows as expected
  from public.profiles p
  left join lateral (select count(*) as rows
                       from public.module_access a
                      where a.user_id::text = p.id::text and a.is_active
                        and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))) h on true
 where p.email = lower(btrim(p.email))
 order by (h.rows > 0) desc, p.email
 limit 1
