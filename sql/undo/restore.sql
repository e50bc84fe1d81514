-- (after judged.sql) Give the rows that a run deactivated or lengthened what they held before. The number and the first ids are left in
-- iahome_fix.restored and iahome_fix.restored_ids, what each has to be by then in iahome_fix.wanted (updated_at apart,
-- which many a trigger sets). "metadata_text" is what JSON would round. Parameter: most_ids (integer).
, held as (
    select r.id, r.version,
           (i.image ->> 'updated_at')::timestamptz at time zone 'utc' as updated_at,
           case when i.image ? 'metadata_text' then (i.image ->> 'metadata_text')::jsonb
                else nullif(i.image -> 'metadata', 'null'::jsonb) end as metadata,
           b.access_type, b.token_id, b.expires_at, b.created_at, to_jsonb(b) as whole
      from restorable r join public.module_access w on w.id = r.id
     cross join lateral (select case when r.lengthened then w.metadata -> 'lengthened_before'
                                     else w.metadata -> 'deactivated_before' end as image) i
           -- What else was changed, where the row was lengthened.
     cross join lateral jsonb_populate_record(w, case when r.lengthened then
           jsonb_build_object('access_type', i.image -> 'access_type', 'token_id', i.image -> 'token_id',
                              'expires_at', i.image -> 'expires_at', 'created_at', i.image -> 'created_at')
           else '{}'::jsonb end) b
     where not r.blocked
), back as (
    update public.module_access m
       set is_active = true,
           access_type = h.access_type, token_id = h.token_id, expires_at = h.expires_at, created_at = h.created_at,
           updated_at = h.updated_at,
           metadata = h.metadata
      from held h
     where m.id = h.id and m.xmin::text = h.version
 returning m.id
)
select set_config('iahome_fix.restored', (select count(*) from back)::text, true),
       set_config('iahome_fix.restored_ids', (select coalesce(jsonb_agg(b.id), '[]'::jsonb)::text
                  from (select id from back order by id limit %(most_ids)s::integer) b), true),
       set_config('iahome_fix.wanted', (select coalesce(jsonb_object_agg(h.id::text,
                  md5((h.whole - 'updated_at' || jsonb_build_object('is_active', true, 'metadata', h.metadata))::text)),
                  '{}'::jsonb)::text from held h), true)
