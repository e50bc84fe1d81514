-- What is each sale due? Exactly one verdict each; read by doctor, explain, reconcile and resend. Behind served.sql.
-- taken_…: the row by which a person took it away, or would have, had nothing else served it; restore names those that
-- are given back on purpose. An active token opened the module all the time: once the term is over, it served the sale.
-- former_row: an access in force was given for it to an id that no profile has, and the customer has no other in its
-- place: that is owed as it is, with its own end.
-- given_to: the profile of somebody else that has an access in force for it (given_row), while the customer has none.
-- From "no_module" on in their order: what a person has to settle before anything can be given.
-- Parameters: sales (see sale.sql); restore, ids of rows (list of text).
, in_use as materialized (
    -- Modules that are not there, and that an access in force names all the same.
    select distinct a.module_id::text as module_id
      from /* include profile/accesses */ a
     where a.is_active and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))
       and a.module_id::text in (select s.module_id from sale s)
), judged as (
    select s.payment, s.session_id, case when s.payment_id = s.payment then s.payment_id end as payment_id, s.module_id, s.amount, s.paid, s.until, s.planned_for, c.owner,
           case when f.row_id is null then s.ends else f.ends end as ends,
           case when v.covered then 'served'
                when w.row_id is not null and w.row_id <> all(%(restore)s::text[]) and x.served is not true then 'withdrawn'
                when x.served or s.module_id is null and g.modules > 0 then 'served'
                when f.row_id is not null and m.id is not null then 'owed'
                when t.endless or t.ends >= s.least - interval '1 hour'
                then case when s.until <= (now() at time zone 'utc') then 'served' else 'waiting_token' end
                when s.module_id is null then 'no_module'
                when c.payment is null
                then case when s.user_id is null and jsonb_array_length(coalesce(s.addresses, '[]'::jsonb)) = 0
                          then 'no_email' else 'unknown_customer' end
                when c.owner is null then 'ambiguous_customer'
                when m.id is null then 'unknown_module'
                when s.ends <= (now() at time zone 'utc') then 'over'
                else 'owed'
           end as verdict,
           m.id is not null as known_module,
           i.module_id is not null as module_in_use,
           coalesce(x.by_handler, false) or h.by_handler as by_handler,
           coalesce(x.served, false) as cited,
           case when x.theirs is not true and not v.covered then x.given_to end as given_to,
           case when x.theirs is not true and not v.covered then x.given_row end as given_row,
           coalesce(g.modules, 0) as granted,
           coalesce(a.open, false) as open,
           coalesce(c.as_written, false) as as_written,
           coalesce(c.odd, false) as odd, coalesce(c.by_id, false) as by_id,
           coalesce(c.crowded, false) as crowded,
           coalesce(c.altered, false) as altered,
           case when coalesce(b.made <= s.paid + interval '5 minutes', true) then b.row_id end as row_in_way,
           coalesce(b.ends <= (now() at time zone 'utc'), false) as row_over,
           f.row_id as former_row, f.owner as former,
           to_char(least(f.ends, timestamp '9999-12-30'), 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"') as former_ends,
           s.until <= (now() at time zone 'utc') as over,
           w.row_id as taken_row, w.owner as taken_from, w.why as taken_why,
           to_char(w.taken_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as taken_at
      from sale s
      left join customer c on c.payment = s.payment
      left join public.modules m on m.id::text = s.module_id
      left join in_use i on i.module_id = s.module_id
      left join longest a on a.owner = c.owner and a.module_id = s.module_id
      left join lateral (select coalesce(a.endless or a.ends >= s.least - interval '1 hour', false) as covered) v on true
      left join longest_token t on t.owner = c.owner and t.module_id = s.module_id
      left join in_way b on b.owner = c.owner and b.module_id = s.module_id
      left join carried x on x.payment = s.payment and x.module_id = s.module_id
      left join lateral (select x.former_row as row_id, x.former as owner, x.former_ends as ends
                          where x.former_row is not null and b.row_id is null) f on true
      -- Where rows cite no payment, the handler's is the one that was made when it was paid: a repair leaves alone what
      -- is younger than five minutes.
      left join lateral (select not /* profile cites */ and exists (
                             select from access n
                              where n.owner = c.owner and n.module_id = s.module_id and n.origin = /* profile handlers_origin */
                                and n.made between s.paid - interval '5 minutes' and s.paid + interval '5 minutes') as by_handler
                ) h on true
      left join granted g on g.payment = s.payment
      left join taken w on w.kind = 'sale' and w.key = s.payment and w.module_id = s.module_id
)
