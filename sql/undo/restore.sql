-- (after judged.sql) Give the rows that a run deactivated what they held before. The number and the first ids are left in
-- iahome_fix.restored and iahome_fix.restored_ids, what each has to be by then in iahome_fix.wanted (updated_at apart,
-- which many a trigger sets). "metadata_text" is what JSON would round. Parameter: most_ids (integer).
, held as (
    select r.id, r.version,
           case when w.metadata -> 'deactivated_before' ? 'metadata_text'
                then (w.metadata #>> '{deactivated_before, metadata_text}')::jsonb
                else nullif(w.metadata #> '{deactivated_before, metadata}', 'null'::jsonb) end as metadata
      from restorable r join public.module_access w on w.id = r.id
     where not r.blocked
), back as (
    update public.module_access m
       set is_active = true,
           updated_at = (m.metadata #>> '{deactivated_before, updated_at}')::timestamptz at time zone 'utc',
           metadata = h.metadata
      from held h
     where m.id = h.id and m.xmin::text = h.version
 returning m.id
)
select set_config('iahome_fix.restored', (select count(*) from back)::text, true),
       set_config('iahome_fix.restored_ids', (select coalesce(jsonb_agg(b.id), '[]'::jsonb)::text
                  from (select id from back order by id limit %(most_ids)s::integer) b), true),
       set_config('iahome_fix.wanted', (select coalesce(jsonb_object_agg(h.id::text,
                  md5((to_jsonb(w) - 'updated_at' || jsonb_build_object('is_active', true, 'metadata', h.metadata))::text)),
                  '{}'::jsonb)::text from held h join public.module_access w on w.id = h.id), true)
