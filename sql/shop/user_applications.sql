-- Who wrote user_applications, and when last (UTC). Its rows name no payment, so the app's handlers are known by what
-- they write: the level, and the end so long after the row's own making that it is the term of a version. What has the
-- same access in module_access, or a token of the same customer, is left out where the mark says it. "version" is that
-- of the newest row of a handler. "offset 0" has each row turned into JSON once, not for each use of it.
select count(*) > 0 as rows,
       to_char(max(r.made) filter (where r.version is not null), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as newest,
       null::text as repaired,
       (array_agg(r.version order by r.made desc nulls last) filter (where r.version is not null))[1] as version
  from (select h.made,
               case when h.level not in ('basic', 'paid') then null
                    when h.ends - h.made between interval '359 days' and interval '372 days' then 'year'
                    when h.ends - h.made between interval '27 days' and interval '32 days'
                         or h.ends - h.made between interval '85 days' and interval '95 days' then 'month'
               end as version
          from (select (x.held ->> 'created_at')::timestamptz::timestamp as made,
                       (x.held ->> 'expires_at')::timestamptz::timestamp as ends,
                       x.held ->> 'access_level' as level
                  from (select to_jsonb(a) as held from public.user_applications a where /* which */ offset 0) x) h) r
