-- (after judged.sql) Give the rows that a run deactivated what they held before. The number and the first ids are left in
-- iahome_fix.restored and iahome_fix.restored_ids. "metadata_text" is what JSON would round. Parameter: most_ids
-- (integer).
, back as (
    update public.module_access m
       set is_active = true,
           updated_at = (m.metadata #>> '{deactivated_before, updated_at}')::timestamptz at time zone 'utc',
           metadata = case when m.metadata -> 'deactivated_before' ? 'metadata_text'
                           then (m.metadata #>> '{deactivated_before, metadata_text}')::jsonb
                           else nullif(m.metadata #> '{deactivated_before, metadata}', 'null'::jsonb) end
      from restorable r
     where m.id = r.id and m.xmin::text = r.version and not r.blocked
 returning m.id
)
select set_config('iahome_fix.restored', (select count(*) from back)::text, true),
       set_config('iahome_fix.restored_ids', (select coalesce(jsonb_agg(b.id), '[]'::jsonb)::text
                  from (select id from back order by id limit %(most_ids)s::integer) b), true)
