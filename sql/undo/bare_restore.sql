-- (after bare_judged.sql) What the run deactivated is active again. Parameter: most_ids (integer).
, back as (
    update /* profile table */ m
       set /* profile active */ = true
      from restorable r
     where m./* profile id */::text = r.id and m.xmin::text = r.version and not r.blocked
 returning m./* profile id */::text as id
)
select set_config('iahome_fix.restored', (select count(*) from back)::text, true),
       set_config('iahome_fix.restored_ids', (select coalesce(jsonb_agg(b.id), '[]'::jsonb)::text
                  from (select id from back order by id limit %(most_ids)s::integer) b), true),
       set_config('iahome_fix.wanted', (select coalesce(jsonb_agg(r.id), '[]'::jsonb)::text
                  from restorable r where not r.blocked), true)
