-- Paid Checkout Sessions held against the accesses of their customers: one row per session and module.
-- Goes behind payments_tokens or payments_no_tokens. Ids are compared as text, whatever their types; times
-- are UTC without a zone. An access that starts late by up to an hour still covers the term.
-- Everything is joined by equality of whole sets: thousands of sessions must not be looked up one by one.
-- What a person took away (domain/withdrawn) serves nobody and is owed to nobody: taken_row names the row.
-- Parameters: sales, a JSON list of {session_id, payment_id, email, emails, module_id, created, bought}, payment_id
-- and bought may be missing; term, an interval.
, /* include domain/withdrawn */
, sale as (
    select s.session_id, s.payment_id, s.module_id, /* include domain/address of=s.email */ as email, s.emails,
           coalesce(s.bought, s.created) at time zone 'utc' as since,
           (s.created at time zone 'utc') + %(term)s::interval - interval '1 hour' as covered_until
      from jsonb_to_recordset(%(sales)s::jsonb)
             as s (session_id text, payment_id text, email text, emails jsonb, module_id text,
                   created timestamptz, bought timestamptz)
), address as (
    select distinct s.session_id, s.email as first, e.written, /* include domain/address of=e.written */ as email
      from sale s cross join lateral jsonb_array_elements_text(s.emails) as e (written)
), profile as (
    select p.id::text as user_id, p.email::text as written, /* include domain/address of=p.email::text */ as email
      from public.profiles p
     where /* include domain/address of=p.email::text */ in (select a.email from address a)
), customer as (
    select p.email, bool_and(p.written <> p.email) as odd from profile p group by 1
), as_written as (
    select distinct a.session_id from address a join profile p on p.written = a.written
), by_another as (
    select distinct a.session_id from address a join customer c on c.email = a.email where a.email <> a.first
), access as (
    select a.user_id::text as user_id, a.module_id::text as module_id, a.expires_at::timestamp as ends, a.is_active,
           to_jsonb(a.metadata) ->> 'session_id' as session_id,
           to_jsonb(a.metadata) ->> 'reconciled' as reconciled, w.row_id is not null as withdrawn
      from public.module_access a
      left join withdrawn w on w.row_id = a.id::text
), in_use as (
    select distinct a.module_id from access a
     where a.is_active and (a.ends is null or a.ends > (now() at time zone 'utc'))
), carried as (
    select a.session_id, a.module_id, bool_or(a.reconciled is null) as by_handler,
           bool_or(not a.withdrawn) as standing
      from access a
     where a.session_id is not null
     group by 1, 2
), granted as (
    select c.session_id, count(distinct c.module_id) as modules from carried c group by 1
), longest as (
    -- How long each customer's accesses, and active tokens, last per module: without end, or until then.
    select a.user_id, a.module_id, bool_or(a.ends is null) as endless, max(a.ends) as ends
      from access a where not a.withdrawn group by 1, 2
), buyer as materialized (
    -- Kept apart, or the planner joins sales and accesses by the module alone.
    select s.session_id, s.module_id, s.covered_until, p.user_id from sale s join profile p on p.email = s.email
), basis as (
    select 'sale' as kind, s.session_id as key, s.payment_id, b.user_id as owner, s.module_id, s.since
      from sale s left join buyer b on b.session_id = s.session_id and b.module_id = s.module_id
    union all
    select 'token', t.token_id, null, t.owner, t.module_id, t.made from token t
), /* include domain/taken */
, longest_token as (
    select t.owner, t.module_id, bool_or(t.ends is null) as endless, max(t.ends) as ends
      from token t left join taken x on x.kind = 'token' and x.key = t.token_id
     where x.key is null
     group by 1, 2
), lasting as (
    select distinct b.session_id, b.module_id
      from buyer b join longest a on a.user_id = b.user_id and a.module_id = b.module_id
     where a.endless or a.ends >= b.covered_until
), tokened as (
    select distinct b.session_id, b.module_id
      from buyer b join longest_token t on t.owner = b.user_id and t.module_id = b.module_id
     where t.endless or t.ends >= b.covered_until
)
select s.session_id, s.module_id,
       customer.email is not null as customer,
       coalesce(customer.odd, false) as odd_profile,
       by_another.session_id is not null as other_customer,
       as_written.session_id is not null as found_as_written,
       m.id is not null as module,
       in_use.module_id is not null as module_in_use,
       carried.session_id is not null as carried,
       coalesce(carried.by_handler, false) as by_handler,
       coalesce(granted.modules, 0) as granted,
       lasting.session_id is not null as lasting,
       tokened.session_id is not null as tokened,
       x.row_id as taken_row, x.owner as taken_from, x.why as taken_why, x.taken_at
  from sale s
  left join customer on customer.email = s.email
  left join by_another on by_another.session_id = s.session_id
  left join as_written on as_written.session_id = s.session_id
  left join public.modules m on m.id::text = s.module_id
  left join in_use on in_use.module_id = s.module_id
  left join carried on carried.session_id = s.session_id and carried.module_id = s.module_id
  left join granted on granted.session_id = s.session_id
  left join lasting on lasting.session_id = s.session_id and lasting.module_id = s.module_id
  left join tokened on tokened.session_id = s.session_id and tokened.module_id = s.module_id
  left join taken x on x.kind = 'sale' and x.key = s.session_id and x.module_id = s.module_id
        and lasting.session_id is null and not coalesce(carried.standing, false)
