-- (after bare_judged.sql) An access that the run gave a later end ends and begins when it did. Which ones is left in
-- iahome_fix.shortened.
, back as (
    update /* profile table */ m
       set /* profile ends */ = r./* profile ends */, /* profile created */ = r./* profile created */
      from judged j
     cross join lateral jsonb_populate_record(
           null::/* profile table */,
           jsonb_build_object(/* profile ends_name */, j.image -> 'ends', /* profile created_name */, j.image -> 'created')) r
     where m./* profile id */::text = j.id and m.xmin::text = j.version and j.image is not null
 returning m./* profile id */::text as id
)
select set_config('iahome_fix.shortened', coalesce(jsonb_agg(b.id), '[]'::jsonb)::text, true) from back b
