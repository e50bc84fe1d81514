-- (after bare_judged.sql) As undo/delete. Parameter: most_ids (integer).
, gone as (
    delete from /* profile table */ m
     using judged j
     where m./* profile id */::text = j.id and m.xmin::text = j.version and j.made
 returning m./* profile id */::text as id
)
select set_config('iahome_fix.deleted', (select count(*) from gone)::text, true),
       set_config('iahome_fix.deleted_ids', (select coalesce(jsonb_agg(g.id), '[]'::jsonb)::text
                  from (select id from gone order by id limit %(most_ids)s::integer) g), true),
       set_config('iahome_fix.doomed', (select coalesce(jsonb_agg(j.id), '[]'::jsonb)::text
                  from judged j where j.made), true)
