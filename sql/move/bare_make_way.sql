-- What holds the place of an access that is brought over is deactivated: it is over, or ends before. Nothing else of it
-- is changed, so that undo has only to activate it again. The ids are left in iahome_fix.ended.
with ended as (
    update /* profile table */ a
       set /* profile active */ = false
      from pg_temp.iahome_fix_moved d
     where d.active and a./* profile active */ and a./* profile ends */ is not null
       and (d.ends is null or a./* profile ends */::timestamp < d.ends)
       and a./* profile owner */::text = d.owner and a./* profile module */::text = d.module
 returning a./* profile id */::text as id
)
select set_config('iahome_fix.ended', coalesce(jsonb_agg(e.id), '[]'::jsonb)::text, true) from ended e
