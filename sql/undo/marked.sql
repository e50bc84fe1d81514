-- Which changes of the schema on record of a run the database has, too: "ours", and which it has of another run, "anothers".
-- Parameters: run_id (text), parts (JSON list of "item", "before", "after").
with held as materialized (/* include marks/held */)
select p.item,
       exists (select from held h
                where h.line = /* include marks/line run=%(run_id)s::text item=p.item was=p.before now=p.after */) as ours,
       exists (select from held h
                where starts_with(h.line, 'iahome-fix ') and split_part(h.line, ' ', 2) <> %(run_id)s::text
                  and split_part(h.line, ' ', 3) = left(md5(p.item), 8)) as anothers
  from jsonb_to_recordset(%(parts)s::jsonb) as p (item text, before text, after text)
