-- How long the accesses last that the app's handler wrote: for each module, which of the usual lengths fit how many of
-- its rows, and when the first and the last of these were made (UTC). Read by domain/learned.py, which has the rule what
-- follows for a payment. A row may begin late by an hour. What fits no usual length (a row that somebody lengthened, or
-- ended) tells nothing. A calendar month is counted as JavaScript does it, beyond the end of a short one. Where rows
-- cite their payment, those of the handler cite a Checkout Session and no run of this tool; where they do not, they are
-- known by the level that it writes, and those that this tool wrote by the ids of its journal.
-- Mark: ours, a condition on x.row_id.
select r.module_id, r.fits, count(*)::bigint as rows,
       to_char(min(r.made), 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"') as first,
       to_char(max(r.made), 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"') as last
  from (select w.module_id, w.made,
               array_remove(array[
                   case when w.hours between 71 and 73 then '72h' end,
                   case when w.hours between 167 and 169 then '7d' end,
                   case when w.hours between 335 and 337 then '14d' end,
                   case when w.hours between 719 and 721 then '30d' end,
                   case when w.hours between 1439 and 1441 then '60d' end,
                   case when w.hours between 2159 and 2161 then '90d' end,
                   case when w.hours between 4319 and 4321 then '180d' end,
                   case when w.hours between 8759 and 8761 then '365d' end,
                   -- From the first of the month, so that the day behind the last one is counted on. Others are not asked.
                   case when w.hours between 671 and 745
                         and w.ends - interval '1 hour' <= w.month + interval '1 month' + (w.made - w.month)
                         and w.ends + interval '1 hour' >= w.month + interval '1 month' + (w.made - w.month)
                        then 'month' end,
                   case when w.hours between 8759 and 8785
                         and w.ends - interval '1 hour' <= w.month + interval '1 year' + (w.made - w.month)
                         and w.ends + interval '1 hour' >= w.month + interval '1 year' + (w.made - w.month)
                        then 'year' end], null) as fits
          from (select x.module_id, x.made, x.ends, x.hours, date_trunc('month', x.made) as month
                  from (select a.id::text as row_id, a.module_id::text as module_id, a.created_at::timestamp as made,
                               a.expires_at::timestamp as ends, to_jsonb(a.metadata) as metadata,
                               a.access_type::text as origin,
                               case when isfinite(a.expires_at::timestamp) and isfinite(a.created_at::timestamp)
                                    then extract(epoch from a.expires_at::timestamp)::float8 / 3600
                                         - extract(epoch from a.created_at::timestamp)::float8 / 3600 end as hours
                          from /* include profile/accesses */ a offset 0) x
                 where x.hours between 71 and 8785 and x.module_id is not null
                   and x.made between timestamp '1970-01-01' and timestamp '9000-01-01'
                   and case when /* profile cites */
                            then x.metadata ->> 'session_id' like 'cs\_%' and x.metadata ->> 'reconciled' is null
                                 and x.metadata ->> 'run_id' is null
                            else x.origin = /* profile handlers_origin */ end
                   /* ours */
                offset 0) w) r
 where r.fits <> '{}'
 group by r.module_id, r.fits
 order by r.module_id, first
