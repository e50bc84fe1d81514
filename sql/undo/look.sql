-- (after judged.sql) What a run left, and what of it can be taken back. `later`: the runs that deactivated rows which
-- this one made.
select count(*) filter (where j.made) as created,
       count(*) filter (where j.made and j.same) as deletable,
       count(*) filter (where not j.made) as ended,
       (select count(*) from restorable r where not r.blocked) as restorable,
       (select count(*) from restorable r where r.blocked) as blocked,
       coalesce(jsonb_agg(distinct j.ended_by) filter (where j.made and not j.same and j.ended_by <> %(run_id)s::text),
                '[]'::jsonb)::text as later
  from judged j
