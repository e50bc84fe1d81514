-- (after judged.sql) Take back the rows that a run made and nobody changed since. The number and the first ids are left in
-- iahome_fix.deleted and iahome_fix.deleted_ids, what has to be gone by then in iahome_fix.doomed. A row that is changed
-- at this moment has another version by then, and stays. Parameter: most_ids (integer).
, gone as (
    delete from public.module_access m
     using judged j
     where m.id = j.id and m.xmin::text = j.version and j.made and j.same
 returning m.id
)
select set_config('iahome_fix.deleted', (select count(*) from gone)::text, true),
       set_config('iahome_fix.deleted_ids', (select coalesce(jsonb_agg(g.id), '[]'::jsonb)::text
                  from (select id from gone order by id limit %(most_ids)s::integer) g), true),
       set_config('iahome_fix.doomed', (select coalesce(jsonb_agg(j.id::text), '[]'::jsonb)::text
                  from judged j where j.made and j.same), true)
