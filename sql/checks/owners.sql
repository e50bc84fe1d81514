-- Owners and modules that name nobody and nothing, counted.
with email as (
    select lower(btrim(p.email)) as email, min(p.id::text) as id
      from public.profiles p group by 1 having count(*) = 1)
select (select count(*) from public.access_tokens t
         where t.is_active and nullif(btrim(t.created_by::text), '') is null) as tokens_without_owner,
       (select count(*) from public.access_tokens t join email e on e.email = lower(btrim(t.created_by::text))
         where t.is_active) as tokens_with_email_owner,
       (select count(*) from public.access_tokens t
         where t.is_active and nullif(btrim(t.created_by::text), '') is not null
           and not exists (select from public.profiles p where p.id::text = btrim(t.created_by::text))
           and not exists (select from email e where e.email = lower(btrim(t.created_by::text)))) as tokens_of_strangers,
       (select count(*) from public.module_access a join email e on e.email = lower(btrim(a.user_id::text))
         where a.is_active) as rows_with_email_owner,
       (select count(*) from public.module_access a
         where a.is_active
           and not exists (select from public.profiles p where p.id::text = a.user_id::text)
           and not exists (select from email e where e.email = lower(btrim(a.user_id::text)))) as rows_of_strangers,
       (select count(*) from public.module_access a
         where a.is_active and a.module_id is not null
           and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))
           and not exists (select from public.modules m where m.id::text = a.module_id::text)) as rows_without_module
