-- Sales that nobody made yet, one of each kind: each of the modules that were sold most, for two customers who have no
-- active row for it (of the first module, customers who have another one); and at most two renewals, of rows that are there. `nth` counts the customers of one module.
-- Parameter: modules (integer): how many of them.
with counted as (
    select a.module_id::text as id, count(*) as sold from /* include profile/accesses */ a group by 1
), modules as (
    select m.id::text as id, row_number() over (order by coalesce(c.sold, 0) desc, m.id::text) as place
      from public.modules m left join counted c on c.id = m.id::text
     order by place limit %(modules)s
), customers as (
    select p.id::text as id, p.email::text as email
      from public.profiles p where btrim(p.email) <> '' order by md5(p.id::text) limit 50
), active as (
    select a.user_id::text as owner, a.module_id::text as module
      from /* include profile/accesses */ a join customers c on c.id = a.user_id::text
     where a.is_active
), fresh as (
    select c.id as owner, c.email, m.id as module, m.place,
           row_number() over (partition by m.id order by m.place = 1 and o.owner is null, md5(c.id || m.id)) as nth
      from modules m cross join customers c
      left join (select distinct owner from active) o on o.owner = c.id
     where not exists (select from active a where a.owner = c.id and a.module = m.id)
), renewed as (
    select c.id as owner, c.email, a.module,
           row_number() over (order by a.module, c.id) as nth
      from active a
      join customers c on c.id = a.owner
      join public.modules m on m.id::text = a.module
)
select owner, email, module, nth::integer, false as renewal, place from fresh where nth <= 2
union all
select owner, email, module, 1, true, 1000 + nth from renewed where nth <= 2
 order by 4, 6
