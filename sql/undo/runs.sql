-- Every run that left rows, from the rows themselves: what the journal is held against, or stands in for.
select r.run_id, min(r.command) as command,
       count(*) filter (where r.made) as created,
       count(*) filter (where not r.made) as ended,
       to_char(min(r.at), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as began
  from (select m.metadata ->> 'run_id' as run_id, true as made, m.created_at::timestamp as at,
               case when m.metadata ? 'created_from_token' then 'backfill'
                    when m.metadata ? 'moved_from' then 'migrate' else 'reconcile' end as command
          from public.module_access m where m.metadata ? 'run_id'
        union all
        select m.metadata ->> 'deactivated_run_id', false, m.updated_at::timestamp, null
          from public.module_access m where m.metadata ? 'deactivated_run_id') r
 group by r.run_id
 order by began desc nulls last, r.run_id
