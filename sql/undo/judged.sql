-- The rows of a run, and which of them are "same": as the run left them. That is a row that still carries the number
-- of a transaction of the run (xmin; the journal knows those), or whose every column still holds what the run says in
-- the row that it wrote. Nothing else is believed, since a row that somebody changed must never be taken for ours.
-- "lengthened": an access that still ran and was given a later end in its row (over the Data API), which holds what it
-- was before; a trigger may have set the time of that change. A row of this run that a later one lengthened is there,
-- too, and never the same.
-- Parameters: run_id (text), versions (JSON list of text), doubles (boolean: afterwards a customer may have several
-- active accesses to a module), twins (boolean: at least those that the run took for duplicates).
with judged as (
    select w.id, w.user_id, w.module_id, w.xmin::text as version, w.is_active,
           o.written and not o.lengthened as made, o.lengthened,
           case when o.written then w.metadata ->> 'deactivated_run_id'
                when w.metadata ->> 'deactivated_run_id' is distinct from %(run_id)s::text
                then w.metadata ->> 'run_id' end as changed_by, w.metadata ->> 'deactivated_because' = 'duplicate' as twin,
           o.lengthened or coalesce(jsonb_typeof(w.metadata -> 'deactivated_before') = 'object', false) as has_image,
           coalesce(
               w.xmin::text in (select jsonb_array_elements_text(%(versions)s::jsonb))
               or case
                  when w.metadata ->> 'deactivated_run_id' = %(run_id)s::text then
                      -- Deactivated by the run: everything else is as the image has it.
                      not w.is_active
                      and to_jsonb(w.updated_at::timestamp) = w.metadata -> 'deactivated_at'
                      and to_jsonb(w) - array['is_active', 'updated_at', 'metadata']
                          = case when jsonb_typeof(w.metadata -> 'deactivated_before') = 'object'
                                 then (w.metadata -> 'deactivated_before')
                                      - array['is_active', 'updated_at', 'metadata', 'metadata_text'] end
                      and w.metadata - k.keys
                          = case when jsonb_typeof(w.metadata #> '{deactivated_before, metadata}') = 'object'
                                 then (w.metadata #> '{deactivated_before, metadata}') - k.keys
                                 else '{}'::jsonb end
                  else
                      o.written
                      and w.metadata ->> 'fingerprint' = /* fingerprint */
                      and (o.lengthened or w.created_at::timestamp is not distinct from w.updated_at::timestamp)
                      -- A further column that holds something else may have been filled by somebody.
                      and jsonb_strip_nulls(to_jsonb(w) - k.columns)
                          = case when o.lengthened
                                 then jsonb_strip_nulls((w.metadata -> 'lengthened_before') - k.columns - 'metadata_text')
                                 else '{}'::jsonb end
                  end, false) as same
      from public.module_access w
     cross join lateral (
           select coalesce(w.metadata ->> 'run_id' = %(run_id)s::text, false) as written,
                  coalesce(w.metadata ->> 'run_id' = %(run_id)s::text
                           and jsonb_typeof(w.metadata -> 'lengthened_before') = 'object', false) as lengthened) o
     cross join (select array['deactivated_by', 'deactivated_because', 'deactivated_run_id', 'deactivated_at',
                              'deactivated_before', 'deactivated_for_session'] as keys,
                        array['id', 'user_id', 'module_id', 'access_type', 'token_id', 'expires_at', 'is_active',
                              'created_at', 'updated_at', 'metadata'] as columns) k
     where (w.metadata ->> 'run_id' = %(run_id)s::text or w.metadata ->> 'deactivated_run_id' = %(run_id)s::text
            or w.metadata ? 'lengthened_before'
               and jsonb_path_exists(w.metadata, '$.lengthened_before.**.run_id ? (@ == $run)',
                                     jsonb_build_object('run', %(run_id)s::text)))
       -- Of what one transaction takes back: some of the customers (agreed.sql), or all.
       and mod(hashtext(coalesce(w.user_id::text, ''))::bigint + 2147483648,
               (select coalesce(nullif(current_setting('iahome_fix.parts', true), '')::bigint, 1)))
           = (select coalesce(nullif(current_setting('iahome_fix.part', true), '')::bigint, 0))
), restorable as (
    select j.id, j.version, j.has_image, j.lengthened,
           -- Of one customer and module one access only can be active.
           not %(doubles)s::boolean and not (%(twins)s::boolean and coalesce(j.twin, false))
           and (row_number() over (partition by j.user_id, j.module_id order by j.id desc) > 1
                or exists (select from public.module_access a
                            where a.is_active and a.user_id = j.user_id and a.module_id = j.module_id and a.id <> j.id
                              and a.id not in (select d.id from judged d where d.made and d.same))) as blocked
      from judged j
     where not j.made and j.same and j.has_image
)
