-- Jobs of pg_cron that delete accesses, in their own words or in a function that they call.
select coalesce(to_jsonb(j) ->> 'jobname', j.jobid::text) as name, j.schedule::text as schedule
  from cron.job j
 cross join lateral (
     select j.command || coalesce((select string_agg(p.prosrc, ' ') from pg_catalog.pg_proc p
                                    where p.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
                                      and j.command ~* ('\m' || regexp_replace(p.proname, '\W', '\\\&', 'g') || '\s*\(')), '') as text) t
 where j.active
   and t.text ~* ('\m(delete\s+from|truncate(\s+table)?(\s+only)?)\s+(only\s+)?("?public"?\s*\.\s*)?"?' || /* profile table_name */ || '\M')
 order by 1
