-- The accesses that are brought over, as the handler of this version writes them, but with their own start, end and
-- origin, and inactive where a person took them away. The ids are left in iahome_fix.moved.
with wanted as (
    select w.owner, m.id as module, w.title, w.ends, w.active,
           coalesce(w.made, now() at time zone 'utc') as made,
           case when w.origin is null or w.origin in (/* profile origins */) then /* profile handlers_origin */
                else w.origin end as origin
      from pg_temp.iahome_fix_moved w
      join public.modules m on m.id::text = w.module
     where not w.active
        or not exists (select from /* profile table */ a
                        where a./* profile active */ and a./* profile owner */::text = w.owner
                          and a./* profile module */::text = w.module)
), created as (
    insert into /* profile table */ (/* profile moved */)
    select /* profile moved_of_r */
      from wanted d
     cross join lateral jsonb_populate_record(null::/* profile table */, /* profile moved_as_json */) r
 returning /* profile id */::text as id
)
select set_config('iahome_fix.moved', coalesce(jsonb_agg(c.id), '[]'::jsonb)::text, true) from created c
