-- What becomes of each access of one table in another, whose page is to show it: one verdict each. Ids are compared as
-- text, times are UTC. An access that is in force is brought over, the longest of each customer and module; so is one that
-- a person took away, as what it is, so that nothing gives it back there. What is over shows nothing and stays. What the
-- other table has already, or what was taken away there since, is left.
with source as materialized (/* source */
), target as materialized (/* target */
), person as (
    select distinct p.id::text as owner from public.profiles p
), refused as (
    -- The newest row by which a person took it away there.
    select t.owner, t.module_id, max(t.made) as made, bool_or(t.made is null) as whenever
      from target t where t.withdrawn group by 1, 2
), longest as (
    select t.owner, t.module_id, bool_or(t.ends is null) as endless, max(t.ends) as ends
      from target t where t.is_active and not t.is_over group by 1, 2
), judged as (
    select s.*, m.id as module_key, to_jsonb(m) ->> 'title' as title,
           l.endless or l.ends >= s.ends as covered,
           case when s.owner is null then 'no_owner'
                when s.module_id is null then 'no_module'
                when p.owner is null then 'unknown_owner'
                when m.id is null then 'unknown_module'
                when s.is_active is null then 'undecided'
                when s.withdrawn then null
                when s.is_over or not s.is_active then 'over'
                when r.whenever or s.made <= r.made + interval '5 minutes' or r.owner is not null and s.made is null
                then 'withdrawn'
           end as reason
      from source s
      left join person p on p.owner = s.owner
      left join public.modules m on m.id::text = s.module_id
      left join longest l on l.owner = s.owner and l.module_id = s.module_id
      left join refused r on r.owner = s.owner and r.module_id = s.module_id and l.owner is null
), ranked as (
    select j.*, case when j.reason is null and not j.withdrawn then
                     row_number() over (partition by j.reason is null and not j.withdrawn, j.owner, j.module_id
                                        order by j.ends desc nulls first, j.made desc nulls last, j.row_id desc) end as place
      from judged j
), classified as (
    select k.row_id, k.owner, k.module_id, k.module_key, k.title, k.origin, k.ends, k.made, k.changed, k.withdrawn,
           case when k.reason is not null then k.reason
                when k.withdrawn
                then case when exists (select from target t
                                        where t.is_active is false and t.owner = k.owner and t.module_id = k.module_id
                                          and t.ends is not distinct from k.ends) then 'covered' else 'to_keep_away' end
                when k.place > 1 then 'duplicate'
                when k.covered then 'covered'
                else 'to_create'
           end as verdict
      from ranked k
)
