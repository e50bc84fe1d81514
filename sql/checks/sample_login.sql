-- A few customers to look through the eyes of: those with the newest accesses in force, else anybody. "expected": how
-- many of them each has; "modules": how many modules have to be seen at the least: those of these rows.
with recent as (
    select a.user_id::text as id, row_number() over (order by a.id desc) as place
      from /* include profile/accesses */ a
     where a.is_active and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))
     order by a.id desc
     limit 500
), holder as (
    select p.id, p.email, r.place
      from (select id, min(place) as place from recent group by id) r
      join public.profiles p on p.id::text = r.id
     where p.email = /* include domain/address of=p.email */
     order by r.place
     limit 3
), anybody as (
    select p.id, p.email, null::bigint as place
      from public.profiles p
     where p.email = /* include domain/address of=p.email */ and not exists (select from holder)
     order by p.email
     limit 1
)
select c.id::text as id, c.email::text as email,
       (select count(*)
          from /* include profile/accesses */ a
         where a.user_id::text = c.id::text and a.is_active
           and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))) as expected,
       greatest((select count(distinct m.id)
                   from /* include profile/accesses */ a
                   join public.modules m on m.id::text = a.module_id::text
                  where a.user_id::text = c.id::text and a.is_active
                    and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))),
                (select count(*) from (select from public.modules limit 1) m where c.place is null)) as modules
  from (select id, email, place from holder union all select id, email, place from anybody) c
 order by c.place nulls last, 2
