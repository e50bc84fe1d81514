-- Who had what until when before a run writes, in iahome_fix.had (JSON list of customer, module and moment), where
-- something on the table that is written, or on a part of it, may act on rows (iahome_fix.watched): a trigger may change
-- those of anybody. repair/gone holds what is there afterwards against it. Marks: written (the table's name as text), whose
-- (see in_force).
select set_config('iahome_fix.had', case when w.watched
    then (select coalesce(jsonb_agg(jsonb_build_array(f.owner, f.module, f.until::text)), '[]')::text
            from (/* include repair/in_force */) f)
    else '[]' end, true),
       set_config('iahome_fix.watched', w.watched::text, true)
  from (select exists (
            select from pg_catalog.pg_trigger t
             where t.tgrelid in (select to_regclass(/* written */)
                                  union all select p.relid from pg_partition_tree(to_regclass(/* written */)) p)
               and not t.tgisinternal and t.tgenabled in ('O', 'A')
            union all
            select from pg_catalog.pg_rewrite r where r.ev_class = to_regclass(/* written */)) as watched) w
