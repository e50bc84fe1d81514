-- As reconcile/create, in a table that says nothing of payments or runs: one access for each module that is due, as the
-- app's handler writes it, where the customer has no active one; of two payments for one module the one that ends last.
-- Their number, with that of the accesses that were given a later end, is left in iahome_fix.created, the ids of those
-- that were made in iahome_fix.ids.
with wanted as (
    select distinct on (d.owner, m.id) d.owner, m.id as module, to_jsonb(m) ->> 'title' as title, d.ends
      from pg_temp.iahome_fix_due d
      join public.modules m on m.id::text = d.module_id
     where not exists (select from /* profile table */ a
                        where a./* profile active */ and a./* profile owner */::text = d.owner
                          and a./* profile module */::text = d.module_id)
     order by d.owner, m.id, d.ends desc
), created as (
    insert into /* profile table */ (/* profile granted */)
    select /* profile granted_of_r */
      from wanted d
     cross join lateral jsonb_populate_record(null::/* profile table */, /* profile granted_as_json */) r
 returning /* profile id */::text as id
)
select set_config('iahome_fix.created', (
           count(*) + jsonb_array_length(current_setting('iahome_fix.lengthened')::jsonb))::text, true),
       set_config('iahome_fix.ids', coalesce(jsonb_agg(c.id), '[]'::jsonb)::text, true)
  from created c
