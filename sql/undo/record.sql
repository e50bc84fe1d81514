-- What the journal keeps of the rows of a run: their ids, and what the deactivated ones held before, where that is short
-- and holds no address. Parameters: run_id (text), most_ids, most_images, longest_image
-- (integer).
with mine as (
    select m.id, m.metadata, coalesce(m.metadata ->> 'run_id' = %(run_id)s::text, false) as made
      from public.module_access m
     where m.metadata ->> 'run_id' = %(run_id)s::text or m.metadata ->> 'deactivated_run_id' = %(run_id)s::text
), image as (
    select m.id, jsonb_build_object('id', m.id, 'is_active', true,
                     'updated_at', m.metadata #> '{deactivated_before, updated_at}',
                     'metadata', m.metadata #> '{deactivated_before, metadata}') as held
      from mine m
     where not m.made and jsonb_typeof(m.metadata -> 'deactivated_before') = 'object'
), small as (
    select i.id, i.held from image i
     where position('@' in i.held::text) = 0 and length(i.held::text) <= %(longest_image)s::integer
     order by i.id limit %(most_images)s::integer
)
select (select count(*) from mine where made) as created,
       (select count(*) from mine where not made) as deactivated,
       (select coalesce(jsonb_agg(c.id), '[]'::jsonb)::text
          from (select id from mine where made order by id limit %(most_ids)s::integer) c) as created_ids,
       (select coalesce(jsonb_agg(d.id), '[]'::jsonb)::text
          from (select id from mine where not made order by id limit %(most_ids)s::integer) d) as deactivated_ids,
       (select coalesce(jsonb_agg(s.held order by s.id), '[]'::jsonb)::text from small s) as before_images
