-- The rows of a run in a table that says nothing of runs: those of which the journal has the ids, and that still carry the
-- number of one of its transactions (xmin; the journal knows those). What anybody changed since has another number, and
-- stays; a row that the run deactivated is inactive.
-- Parameters: versions, made, ended (JSON lists of text: the ids that it made and deactivated).
with noted as (
    select m.id, true as made from jsonb_array_elements_text(%(made)s::jsonb) as m (id)
    union all
    select e.id, false from jsonb_array_elements_text(%(ended)s::jsonb) as e (id)
     where not %(made)s::jsonb ? e.id
), judged as (
    select w./* profile id */::text as id, w./* profile owner */::text as owner, w./* profile module */::text as module,
           w.xmin::text as version, n.made
      from noted n
      join /* profile table */ w on w./* profile id */::text = n.id
     where w.xmin::text in (select jsonb_array_elements_text(%(versions)s::jsonb))
       and (n.made or not w./* profile active */)
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
     where not j.made
)
