-- Policies of one table whose condition reads that same table. Parameter: relation, its name in public.
select p.polname::text as policy
  from pg_catalog.pg_policy p
  join pg_catalog.pg_class c on c.oid = p.polrelid
 where c.oid = to_regclass(format('public.%%I', %(relation)s::text))
   and concat_ws(' ', pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
       ~* ('(from|join)\s+\(*(public\.)?"?' || c.relname || '\M')
 order by 1
