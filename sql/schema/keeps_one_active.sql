-- The unique index i keeps it at one active access per customer and module.
i.indisunique and i.indexprs is null and i.indnkeyatts = 2
and pg_catalog.pg_get_expr(i.indpred, i.indrelid) in ('is_active', '(is_active = true)')
and (select array_agg(a.attname::text order by a.attname)
       from pg_catalog.pg_attribute a
      where a.attrelid = i.indrelid and a.attnum = any (i.indkey)) = array['module_id', 'user_id']
