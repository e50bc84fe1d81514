-- (after judged.sql) What a run left, and what of it can be taken back. `ended`: what it changed, `lengthened` of those
-- what it lengthened, `to_shorten` of those again what can be taken back; `later`: the runs that deactivated or
-- lengthened rows which this one wrote.
select count(*) filter (where j.made) as created,
       count(*) filter (where j.made and j.same) as deletable,
       count(*) filter (where not j.made) as ended,
       (select count(*) from restorable r where not r.blocked) as restorable,
       count(*) filter (where j.lengthened) as lengthened,
       (select count(*) from restorable r where r.lengthened and not r.blocked) as to_shorten,
       (select count(*) from restorable r where r.blocked) as blocked,
       coalesce(jsonb_agg(distinct j.changed_by) filter (where not j.same and j.changed_by <> %(run_id)s::text),
                '[]'::jsonb)::text as later
  from judged j
