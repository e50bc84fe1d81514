-- As reconcile/make_way, in a table that says nothing of payments or runs: an access that still runs begins now.
/* include repair/bare_make_way due=pg_temp.iahome_fix_due module=d.module_id active=true start=timezone('utc',now()) */
