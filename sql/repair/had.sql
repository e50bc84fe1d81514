-- The accesses in force before a run writes, in iahome_fix.had (JSON list of their ids): of those customers whom this
-- transaction is about, and only where something on the table may act on them. repair/gone holds them against it.
select set_config('iahome_fix.had', case when exists (
    select from pg_catalog.pg_trigger t
     where t.tgrelid = 'public.module_access'::regclass and not t.tgisinternal and t.tgenabled in ('O', 'A') and (t.tgtype & 20) <> 0
    union all
    select from pg_catalog.pg_rewrite w where w.ev_class = 'public.module_access'::regclass)
    then (select coalesce(jsonb_agg(a.id::text), '[]'::jsonb)::text
            from public.module_access a
           where a.is_active and (a.expires_at is null or extract(epoch from a.expires_at) > extract(epoch from now()))
             and /* whose */)
    else '[]' end, true)
