-- As reconcile/make_way, in a table that says nothing of payments or runs: what holds the place of a new access is
-- deactivated. Nothing else of it is changed, so that undo has only to activate it again. The ids are left in
-- iahome_fix.ended.
with ended as (
    update /* profile table */ a
       set /* profile active */ = false
      from pg_temp.iahome_fix_due d
     where a./* profile active */ and a./* profile ends */::timestamp < d.ends
       and a./* profile owner */::text = d.owner and a./* profile module */::text = d.module_id
 returning a./* profile id */::text as id
)
select set_config('iahome_fix.ended', coalesce(jsonb_agg(e.id), '[]'::jsonb)::text, true) from ended e
