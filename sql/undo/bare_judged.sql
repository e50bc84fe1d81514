-- The rows of a run in a table that says nothing of runs: those of which the journal has the ids, and that still carry the
-- number of one of its transactions (xmin; the journal knows those). What anybody changed since has another number, and
-- stays; a row that the run deactivated is inactive. "image": what an access held before the run gave it a later end. Of a
-- request over the Data API whose answer the run did not hear the journal knows the moment that its rows bear as that of
-- their making, to the microsecond, and what they hold.
-- Parameters: versions, made, ended (JSON lists of text: the ids that it made and deactivated), lengthened (JSON list of
-- objects), pending (JSON object or null).
with sent as materialized (
    select l.value ->> 'id' as id, null::text as owner, null::text as module, (l.value ->> 'to')::timestamptz as ends,
           (l.value ->> 'at')::timestamptz as at
      from jsonb_array_elements(%(lengthened)s::jsonb) l
     where l.value ? 'at'
    union all
    select null, r.value ->> 0, r.value ->> 1, (r.value ->> 2)::timestamptz, (%(pending)s::jsonb ->> 'at')::timestamptz
      from jsonb_array_elements(case jsonb_typeof(%(pending)s::jsonb) when 'object'
                                     then %(pending)s::jsonb -> 'rows' else '[]'::jsonb end) r
), unheard as (
    select w./* profile id */::text as id
      from /* profile table */ w
      join sent s on s.at = (to_jsonb(w) ->> /* profile created_name */)::timestamptz
                 and s.ends is not distinct from (to_jsonb(w) ->> /* profile ends_name */)::timestamptz
     where w./* profile active */
       and (s.id = w./* profile id */::text
            or s.owner = w./* profile owner */::text and s.module = w./* profile module */::text
               and not exists (select from (values /* profile written */) v (name, said)
                                where v.name is distinct from /* profile title_or_none */
                                  and to_jsonb(w) ->> v.name is distinct from v.said))
), noted as (
    select l.value ->> 'id' as id, false as made, l.value as image from jsonb_array_elements(%(lengthened)s::jsonb) l
    union all
    select m.id, true, null from jsonb_array_elements_text(%(made)s::jsonb) as m (id)
    union all
    select e.id, false, null from jsonb_array_elements_text(%(ended)s::jsonb) as e (id)
     where not %(made)s::jsonb ? e.id
    union all
    select u.id, true, null from unheard u
     where u.id not in (select l.value ->> 'id' from jsonb_array_elements(%(lengthened)s::jsonb) l)
), judged as (
    select w./* profile id */::text as id, w./* profile owner */::text as owner, w./* profile module */::text as module,
           w.xmin::text as version, n.made, n.image
      from noted n
      join /* profile table */ w on w./* profile id */::text = n.id
     where (w.xmin::text in (select jsonb_array_elements_text(%(versions)s::jsonb))
            or w./* profile id */::text in (select u.id from unheard u))
       and (n.made or (n.image is not null) = coalesce(w./* profile active */, false))
       and mod(hashtext(coalesce(w./* profile owner */::text, ''))::bigint + 2147483648,
               (select coalesce(nullif(current_setting('iahome_fix.parts', true), '')::bigint, 1)))
           = (select coalesce(nullif(current_setting('iahome_fix.part', true), '')::bigint, 0))
), restorable as (
    select j.id, j.version,
           exists (select from /* profile table */ a
                    where a./* profile active */ and a./* profile owner */::text = j.owner
                      and a./* profile module */::text = j.module
                      and a./* profile id */::text not in (select d.id from judged d where d.made)) as blocked
      from judged j
     where not j.made and j.image is null
)
