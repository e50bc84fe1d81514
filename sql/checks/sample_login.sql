-- A customer to look through the eyes of: one with an access in force where there is one, else any. "modules": how
-- many of the modules there are have to be seen, at the least.
with holder as (
    select p.id, p.email
      from (select distinct a.user_id::text as id
              from public.module_access a
             where a.is_active
               and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))) a
      join public.profiles p on p.id::text = a.id
     where p.email = lower(btrim(p.email))
     limit 1
), anybody as (
    select p.id, p.email
      from public.profiles p
     where p.email = lower(btrim(p.email)) and not exists (select from holder)
     order by p.email
     limit 1
)
select c.id::text as id, c.email::text as email,
       (select count(*)
          from public.module_access a
         where a.user_id::text = c.id::text and a.is_active
           and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))) as expected,
       (select count(*) from (select from public.modules limit 1) m) as modules
  from (select id, email from holder union all select id, email from anybody) c
