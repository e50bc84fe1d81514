-- Who wrote module_access, and when last (UTC): the app's handler, by rows that name a Checkout Session and were made by
-- no repair, and this tool. "offset 0" has each row turned into JSON once, not for each use of it.
select count(*) > 0 as rows,
       to_char(max(r.made) filter (where r.by_handler), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as newest,
       to_char(max(r.made) filter (where r.by_tool), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as repaired,
       null::text as version
  from (select (h.held ->> 'created_at')::timestamptz::timestamp as made,
               h.held #>> '{metadata,session_id}' like 'cs\_%' and h.held #>> '{metadata,reconciled}' is null
               and h.held #>> '{metadata,run_id}' is null as by_handler,
               h.held #>> '{metadata,run_id}' is not null as by_tool
          from (select to_jsonb(a) as held from public.module_access a offset 0) h) r
