-- As reconcile/make_way, in a table that says nothing of payments or runs: what holds the place of a new access is
-- deactivated. Nothing else of it is changed, so that undo has only to activate it again.
update /* profile table */ a
   set /* profile active */ = false
  from pg_temp.iahome_fix_due d
 where a./* profile active */ and a./* profile ends */::timestamp < d.ends
   and a./* profile owner */::text = d.owner and a./* profile module */::text = d.module_id
