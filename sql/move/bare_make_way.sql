-- What makes way for the accesses that are brought over, which begin when they did where they were.
/* include repair/bare_make_way due=pg_temp.iahome_fix_moved module=d.module active=d.active start=coalesce(d.made,timezone('utc',now())) */
