-- How long the accesses last that the app's handler wrote: for each module, which of the usual lengths fit how many of
-- its rows, and when the first and the last of these were made (UTC). Read by domain/learned.py, which has the rule what
-- follows for a payment. A row may begin late by an hour. What fits no usual length (a row that somebody lengthened, or
-- ended) tells nothing. A calendar month is counted as JavaScript does it, beyond the end of a short one. Where rows
-- cite their payment, those of the handler cite a Checkout Session and no run of this tool; where they do not, they are
-- known by the level that it writes.
select r.module_id, r.fits, count(*)::bigint as rows,
       to_char(min(r.made), 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"') as first,
       to_char(max(r.made), 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"') as last
  from (select w.module_id, w.made,
               (select array_agg(l.name order by l.place)
                  from (values (1, '72h', w.made + interval '72 hours'), (2, '7d', w.made + interval '168 hours'),
                               (3, '14d', w.made + interval '336 hours'), (4, '30d', w.made + interval '720 hours'),
                               (5, '60d', w.made + interval '1440 hours'), (6, '90d', w.made + interval '2160 hours'),
                               (7, '180d', w.made + interval '4320 hours'),
                               (8, '365d', w.made + interval '8760 hours'),
                               (9, 'month', w.month + interval '1 month' + (w.made - w.month)),
                               (10, 'year', w.month + interval '1 year' + (w.made - w.month)))
                         as l (place, name, ends)
                 where w.ends between l.ends - interval '1 hour' and l.ends + interval '1 hour') as fits
          from (select x.module_id, x.made, x.ends, date_trunc('month', x.made) as month
                  from (select a.module_id::text as module_id, a.created_at::timestamp as made,
                               a.expires_at::timestamp as ends, to_jsonb(a.metadata) as metadata,
                               a.access_type::text as origin
                          from /* include profile/accesses */ a offset 0) x
                 where x.module_id is not null and isfinite(x.ends)
                   and x.made between timestamp '1970-01-01' and timestamp '9000-01-01'
                   and case when /* profile cites */
                            then x.metadata ->> 'session_id' like 'cs\_%' and x.metadata ->> 'reconciled' is null
                                 and x.metadata ->> 'run_id' is null
                            else x.origin = /* profile handlers_origin */ end
                offset 0) w) r
 where r.fits is not null
 group by r.module_id, r.fits
 order by r.module_id, first
