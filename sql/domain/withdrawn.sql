-- What a person took away: the rows of module_access that were ended before their time. Goes behind token_end
-- (domain/token_ends or domain/no_token_ends) and access_row (domain/all_accesses, or domain/asked); which sale or token such a row speaks for is domain/taken.
-- A row is withdrawn
--   * "inactive": it is not active, and its own end, if it has one, has not come, or had not when it was last changed;
--   * "ended": it was shortened. Its end has come, and lies before the end that the app writes: that of the token that
--     it cites, else the term that the handler gives, from its making (an hour less, since a row may be late by that). An end before its making
--     was written so, unless the row was changed since; one that still bears this tool's fingerprint was not moved; of a
--     row that `reconcile` wrote the term is not known, so there a lost fingerprint counts where the row is not active;
--   * "moment": it is not active, and its end is the very moment of its last change, as a person writes now() into both.
-- No withdrawal is what ended as it was sold and was switched off then (the app does that), and what this tool
-- deactivated, as long as the row is as it left it: the time of its last change, and the end, are those that the tool
-- noted. A row that says neither active nor inactive is nobody's decision. Without a time of its making an inactive row
-- counts as ended, since it cannot be told, unless it was changed after its end. Ids are text, times UTC without a zone.
closed_row as (
    select a.id::text as row_id, a.user_id::text as owner, a.module_id::text as module_id, a.is_active,
           nullif(m.metadata ->> 'session_id', '') as session_id, nullif(m.metadata ->> 'payment_id', '') as payment_id,
           coalesce(nullif(a.token_id::text, ''), nullif(left(m.metadata ->> 'token_id', 255), '')) as token_id,
           a.expires_at::timestamp as ends,
           case when a.created_at is not null then least(a.created_at::timestamp, timestamp '9999-12-01') end as made,
           a.updated_at::timestamp as changed, m.metadata,
           coalesce(a.expires_at::timestamp <= (now() at time zone 'utc'), false) as is_over,
           coalesce(
               not a.is_active and m.metadata ->> 'deactivated_by' = 'iahome-fix'
               and left(coalesce(m.metadata ->> 'deactivated_at', to_jsonb(a.updated_at::timestamp) #>> '{}'), 19)
                   is not distinct from left(to_jsonb(a.updated_at::timestamp) #>> '{}', 19)
               and (jsonb_typeof(m.metadata -> 'deactivated_before') is distinct from 'object'
                    or m.metadata #>> '{deactivated_before, expires_at}'
                       is not distinct from to_jsonb(a.expires_at) #>> '{}')
               and (m.metadata ->> 'deactivated_because' is distinct from 'expired'
                    or a.expires_at::timestamp <= (now() at time zone 'utc')), false) as ours,
           m.metadata ? 'fingerprint' and exists (
               select from (select a.user_id, a.module_id, a.access_type, a.token_id, a.expires_at,
                                   written.is_active,
                                   m.metadata - array['fingerprint', 'run_id', 'lengthened_before', 'deactivated_by',
                                                      'deactivated_because', 'deactivated_run_id', 'deactivated_at',
                                                      'deactivated_before', 'deactivated_for_session'] as metadata
                              from (values (true), (false)) as written (is_active)) w
                where m.metadata ->> 'fingerprint' = /* include undo/fingerprint held=w.metadata */) as as_written
      from access_row a
     cross join lateral (select case jsonb_typeof(to_jsonb(a.metadata))
                                     when 'object' then to_jsonb(a.metadata) else '{}'::jsonb end as metadata) m
     where not a.is_active or a.expires_at::timestamp <= (now() at time zone 'utc') and a.is_active
), withdrawn as materialized (
    select e.row_id, e.owner, e.module_id, e.session_id, e.payment_id, e.token_id, e.made, e.why,
           /* include domain/cites session=e.session_id payment=e.payment_id */ as cites,
           -- When it was taken away, as far as the row tells.
           case when e.why = 'ended' and e.ends >= e.made then e.ends
                when e.changed > e.made + interval '1 second' then e.changed end as taken_at
      from (select o.*,
                   case when not o.is_over then case when o.by_a_person then 'inactive' end
                        when o.by_a_person and o.changed > o.made + interval '1 minute'
                             and o.changed < greatest(o.ends, timestamp '0001-01-01') - interval '1 minute' then 'inactive'
                        when o.as_written then null
                        when o.made is null
                        then case when o.by_a_person and coalesce(o.changed <= o.ends + interval '1 second', true)
                                  then 'ended' end
                        when o.ends <= o.made - interval '5 minutes'
                        then case when not o.ours and o.changed > o.made + interval '1 minute' then 'ended' end
                        when case when o.metadata ? 'reconciled' then o.by_a_person
                                  when k.token_id is not null
                                  then (k.ends is null or o.ends < k.ends - interval '1 hour')
                                       and not o.ends between o.made + /* profile term */ - interval '1 hour'
                                                       and o.made + /* profile term */ + interval '1 hour'
                                  else o.ends < o.made + /* profile term */ - interval '1 hour' end then 'ended'
                        when o.by_a_person and o.changed > o.made + interval '1 minute'
                             and o.changed between o.ends - interval '1 second' and o.ends + interval '1 second'
                        then 'moment'
                   end as why
              from (select c.*, not c.is_active and not c.ours as by_a_person from closed_row c) o
              left join token_end k on k.token_id = o.token_id) e
     where e.why is not null
)
