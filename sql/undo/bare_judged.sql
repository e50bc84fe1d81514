-- The rows of a run in a table that says nothing of runs: those that still carry the number of one of its transactions
-- (xmin; the journal knows those), made at its time. What anybody changed since has another number, and stays. A row that
-- the run made is active, one that it deactivated is not; of a run that brought accesses over, with a start of their own,
-- the journal knows the rows by their ids.
-- Parameters: versions, ids (JSON lists of text), began, ended (ISO times: of the run).
with judged as (
    select w./* profile id */::text as id, w./* profile owner */::text as owner, w./* profile module */::text as module,
           w.xmin::text as version, w./* profile active */ or b.id is not null as made
      from /* profile table */ w
      left join jsonb_array_elements_text(%(ids)s::jsonb) as b (id) on b.id = w./* profile id */::text
     where w.xmin::text in (select jsonb_array_elements_text(%(versions)s::jsonb))
       and w./* profile active */ is not null
       and (b.id is not null
            or not w./* profile active */
            or (to_jsonb(w) ->> /* profile created_name */) is null
            or (to_jsonb(w) ->> /* profile created_name */)::timestamptz
               between %(began)s::timestamptz - interval '5 minutes' and %(ended)s::timestamptz + interval '5 minutes')
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
