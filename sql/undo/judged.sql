-- The rows of a run, and which of them are "same": as the run left them. That is a row that still carries the number
-- of a transaction of the run (xmin; the journal knows those), or whose every column still holds what the run says in
-- the row that it wrote. Nothing else is believed, since a row that somebody changed must never be taken for ours.
-- Parameters: run_id (text), versions (JSON list of text), doubles (boolean: afterwards a customer may have several
-- active accesses to a module), twins (boolean: at least those that the run took for duplicates).
with judged as (
    select w.id, w.user_id, w.module_id, w.xmin::text as version, w.is_active,
           coalesce(w.metadata ->> 'run_id' = %(run_id)s::text, false) as made,
           w.metadata ->> 'deactivated_run_id' as ended_by, w.metadata ->> 'deactivated_because' = 'duplicate' as twin,
           coalesce(jsonb_typeof(w.metadata -> 'deactivated_before') = 'object', false) as has_image,
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
                      and w.metadata - o.keys
                          = case when jsonb_typeof(w.metadata #> '{deactivated_before, metadata}') = 'object'
                                 then (w.metadata #> '{deactivated_before, metadata}') - o.keys
                                 else '{}'::jsonb end
                  else
                      w.metadata ->> 'fingerprint' = /* fingerprint */
                      and w.created_at::timestamp is not distinct from w.updated_at::timestamp
                      -- A further column that holds something may have been filled by somebody.
                      and jsonb_strip_nulls(to_jsonb(w) - o.columns) = '{}'::jsonb
                  end, false) as same
      from public.module_access w
     cross join (select array['deactivated_by', 'deactivated_because', 'deactivated_run_id', 'deactivated_at',
                              'deactivated_before', 'deactivated_for_session'] as keys,
                        array['id', 'user_id', 'module_id', 'access_type', 'token_id', 'expires_at', 'is_active',
                              'created_at', 'updated_at', 'metadata'] as columns) o
     where (w.metadata ->> 'run_id' = %(run_id)s::text or w.metadata ->> 'deactivated_run_id' = %(run_id)s::text)
       -- Of what one transaction takes back: some of the customers (agreed.sql), or all.
       and mod(hashtext(coalesce(w.user_id::text, ''))::bigint + 2147483648,
               (select coalesce(nullif(current_setting('iahome_fix.parts', true), '')::bigint, 1)))
           = (select coalesce(nullif(current_setting('iahome_fix.part', true), '')::bigint, 0))
), restorable as (
    select j.id, j.version, j.has_image,
           -- Of one customer and module one access only can be active.
           not %(doubles)s::boolean and not (%(twins)s::boolean and coalesce(j.twin, false))
           and (row_number() over (partition by j.user_id, j.module_id order by j.id desc) > 1
                or exists (select from public.module_access a
                            where a.is_active and a.user_id = j.user_id and a.module_id = j.module_id
                              and a.id not in (select d.id from judged d where d.made and d.same))) as blocked
      from judged j
     where not j.made and j.same and j.has_image
)
