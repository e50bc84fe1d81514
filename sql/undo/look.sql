-- What a run left, and what of it is as the run left it. A row that nobody touched since still carries the
-- number of the transaction that wrote it (xmin), which the journal keeps. Without the journal it is the number
-- that most of the run's rows of that kind carry. Parameters: run_id (text), versions (JSON list of text, null
-- when they are not known).
with mine as (
    select m.xmin::text as version, case when m.metadata ? 'created_from_token' then 'token' else 'paid' end as kind,
           true as has_image
      from public.module_access m where m.metadata ->> 'run_id' = %(run_id)s
    union all
    select m.xmin::text, 'ended', m.metadata ? 'deactivated_before'
      from public.module_access m where m.metadata ->> 'deactivated_run_id' = %(run_id)s
), writer as (
    select jsonb_array_elements_text(%(versions)s::jsonb) as version
    union
    select mode() within group (order by version) from mine where %(versions)s::jsonb is null group by kind
)
select count(*) filter (where kind <> 'ended') as created,
       count(*) filter (where kind <> 'ended' and same) as deletable,
       count(*) filter (where kind = 'ended') as ended,
       count(*) filter (where kind = 'ended' and same and has_image) as restorable,
       coalesce((select jsonb_agg(w.version) from writer w), '[]'::jsonb)::text as versions
  from (select mine.*, mine.version in (select w.version from writer w) as same from mine) judged
