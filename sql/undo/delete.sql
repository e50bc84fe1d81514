-- Take back the rows that a run made and nobody touched since; the number is left in iahome_fix.deleted.
-- Parameters: run_id (text), versions (JSON list of text, from look.sql).
with gone as (
    delete from public.module_access m
     where m.metadata ->> 'run_id' = %(run_id)s and m.xmin::text in (select jsonb_array_elements_text(%(versions)s::jsonb))
 returning m.id
)
select set_config('iahome_fix.deleted', count(*)::text, true) from gone
