-- The rows that a transaction of a run wrote last and that say nothing of it: their metadata were written over as they
-- were written (a trigger does that). Parameters: run_id (text), versions (JSON list of the numbers of its transactions),
-- most (integer): how many ids.
with mine as (
    select m.id from public.module_access m
     where m.xmin::text in (select jsonb_array_elements_text(%(versions)s::jsonb))
       and coalesce(m.metadata ->> 'run_id' <> %(run_id)s::text, true)
       and coalesce(m.metadata ->> 'deactivated_run_id' <> %(run_id)s::text, true)
)
select (select count(*) from mine) as rows,
       (select coalesce(jsonb_agg(s.id), '[]'::jsonb)::text
          from (select id from mine order by id limit %(most)s::integer) s) as ids
