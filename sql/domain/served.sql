-- Has the customer, or had they, what was bought? The one place of this rule: a row of theirs cites the sale, or an
-- access of theirs covers the term that was bought (one that starts late by up to an hour still does). What a person
-- took away, or what is inactive before its own end, is no access; what is inactive after it was one. A row that says
-- neither active nor inactive is in the way of a new one, and for a person to settle (data.deactivated).
-- Where nobody is known to be the customer, or the row is that of another profile, somebody gave it by hand: it counts.
-- A row whose owner is nobody's profile is not seen on any page: for a known customer it does not count while it is in
-- force, but for one that has the customer's id in other letters, which data.owner-form names. Their account was made
-- again under another id then, and the row is moved (former_row), not given anew.
-- A row that made way for a longer one (this tool deactivated it, or lengthened it in place) gave what it cited: whoever
-- takes the longer one away takes that away with it.
-- Behind asked.sql and withdrawn.sql.
, access as materialized (
    select a.id::text as row_id, a.user_id::text as owner, a.module_id::text as module_id,
           a.expires_at::timestamp as ends, a.is_active, a.created_at::timestamp as made,
           q.payment,
           a.metadata ->> 'reconciled' is null as by_handler, a.access_type::text as origin,
           w.row_id is null
           and (a.is_active is not false
                or coalesce(a.expires_at::timestamp <= (now() at time zone 'utc'), false)) as counts,
           coalesce(w.row_id is null and not a.is_active and a.metadata ->> 'deactivated_by' = 'iahome-fix'
                    and a.metadata ->> 'deactivated_because' in ('replaced', 'duplicate'), false) as made_way
      from access_row a
      left join own o on o.payment_id = a.cites
      left join asked q on q.payment = coalesce(o.payment, a.cites)
      left join wanted p on p.owner = a.user_id::text and p.module_id = a.module_id::text
      left join withdrawn w on w.row_id = a.id::text
     where q.payment is not null or p.owner is not null
), lengthened as materialized (
    -- What a row cited before it was lengthened in place.
    select a.user_id::text as owner, a.module_id::text as module_id, q.payment
      from (select x.user_id, x.module_id,
                   /* include domain/cites session=b.session_id payment=b.payment_id */ as cites
              from access_row x
             cross join lateral jsonb_path_query(x.metadata, '$.**.lengthened_before.metadata') as h (held)
             cross join lateral (select h.held ->> 'session_id' as session_id, h.held ->> 'payment_id' as payment_id) b
             where x.metadata ? 'lengthened_before') a
      left join own o on o.payment_id = a.cites
      join asked q on q.payment = coalesce(o.payment, a.cites)
), longest as materialized (
    -- How long each customer's accesses, and active tokens, last per module: without end, or until then.
    select a.owner, a.module_id, bool_or(a.ends is null) as endless, max(a.ends) as ends,
           bool_or(a.is_active and (a.ends is null or a.ends > (now() at time zone 'utc'))) as open
      from access a where a.counts group by 1, 2
), in_way as materialized (
    -- The handler takes an active row for an access, and refuses the next one, whether its end has come or not.
    select distinct on (a.owner, a.module_id) a.owner, a.module_id, a.row_id, a.ends, a.made
      from access a where a.is_active
     order by a.owner, a.module_id, a.made nulls first, a.row_id
), basis as (
    -- What a withdrawn row may speak for.
    select 'sale' as kind, s.payment as key, s.payment_id, c.owner, s.module_id, s.paid as since
      from sale s left join customer c on c.payment = s.payment
    union all
    select 'token', t.token_id, null, t.owner, t.module_id, t.made from token t
), /* include domain/taken */
, longest_token as materialized (
    select t.owner, t.module_id, bool_or(t.ends is null) as endless, max(t.ends) as ends
      from token t left join taken x on x.kind = 'token' and x.key = t.token_id
     where x.key is null
     group by 1, 2
), known_owner as materialized (
    select p.id::text as owner from public.profiles p
     where p.id::text in (select a.owner from access a where a.payment is not null)
), cited as materialized (
    select a.payment, a.module_id, a.owner, bool_or(a.by_handler) as by_handler,
           bool_or(k.owner is not null) as known,
           -- No id in other letters, and no address in place of one: those are another matter (data.owner-form).
           a.owner !~ '@'
           and lower(btrim(a.owner)) not in (select c.owner from customer c where c.owner is not null) as is_id,
           bool_or(a.counts or a.made_way) as counts,
           min(a.row_id) filter (where a.is_in_force) as in_force, min(a.ends) filter (where a.is_in_force) as ends
      from (select x.payment, x.module_id, x.owner, x.by_handler, x.counts, x.made_way, x.row_id, x.ends,
                   x.counts and x.is_active and (x.ends is null or x.ends > (now() at time zone 'utc')) as is_in_force
              from access x where x.payment is not null
            union all
            select l.payment, l.module_id, l.owner, false, false, true, null, null, false from lengthened l) a
      left join known_owner k on k.owner = a.owner
     group by 1, 2, 3
), carried as materialized (
    select s.payment, s.module_id,
           bool_or(x.counts and (lower(btrim(x.owner)) = lower(c.owner) or c.owner is null or x.known or x.in_force is null)) as served,
           bool_or(x.by_handler) as by_handler,
           min(x.owner) filter (where x.known and x.in_force is not null and lower(btrim(x.owner)) <> lower(c.owner)) as given_to,
           (array_agg(x.in_force order by x.owner) filter (where x.known and x.in_force is not null and lower(btrim(x.owner)) <> lower(c.owner)))[1] as given_row,
           bool_or(x.counts and lower(btrim(x.owner)) = lower(c.owner)) as theirs,
           min(x.in_force) filter (where c.owner is not null and x.is_id and x.owner <> c.owner and not x.known) as former_row,
           min(x.ends) filter (where c.owner is not null and x.is_id and x.owner <> c.owner and not x.known) as former_ends,
           min(x.owner) filter (where c.owner is not null and x.is_id and x.owner <> c.owner and not x.known) as former
      from sale s
      join cited x on x.payment = s.payment and x.module_id = s.module_id
      left join customer c on c.payment = s.payment
     group by 1, 2
), granted as materialized (
    select x.payment, count(distinct x.module_id) as modules from cited x group by 1
)
