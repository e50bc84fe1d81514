-- (after bare_judged.sql and bare_shorten.sql) What the run deactivated is active again. The number and the first ids of
-- all that was restored are left in iahome_fix.restored and iahome_fix.restored_ids. Parameter: most_ids (integer).
, back as (
    update /* profile table */ m
       set /* profile active */ = true
      from restorable r
     where m./* profile id */::text = r.id and m.xmin::text = r.version and not r.blocked
 returning m./* profile id */::text as id
), restored as (
    select b.id from back b
    union all
    select jsonb_array_elements_text(current_setting('iahome_fix.shortened')::jsonb)
)
select set_config('iahome_fix.restored', (select count(*) from restored)::text, true),
       set_config('iahome_fix.restored_ids', (select coalesce(jsonb_agg(b.id), '[]'::jsonb)::text
                  from (select id from restored order by id limit %(most_ids)s::integer) b), true),
       set_config('iahome_fix.wanted', (select coalesce(jsonb_agg(r.id), '[]'::jsonb)::text
                  from restorable r where not r.blocked), true)
