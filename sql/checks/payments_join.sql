-- Paid Checkout Sessions held against the accesses of their customers: one row per session and module.
-- Goes behind payments_tokens or payments_no_tokens. Ids are compared as text, whatever their types; times
-- are UTC without a zone. An access that starts late by up to an hour still covers the term.
-- Parameters: sales, a JSON list of {session_id, email, emails, module_id, created}; term, an interval.
, sale as (
    select s.session_id, s.module_id, lower(btrim(s.email)) as email, s.emails,
           (s.created at time zone 'utc') + %(term)s::interval - interval '1 hour' as covered_until
      from jsonb_to_recordset(%(sales)s::jsonb)
             as s (session_id text, email text, emails jsonb, module_id text, created timestamptz)
), address as (
    select distinct s.session_id, e.written, lower(btrim(e.written)) as email
      from sale s cross join lateral jsonb_array_elements_text(s.emails) as e (written)
), profile as (
    select p.id::text as user_id, p.email::text as written, lower(btrim(p.email::text)) as email
      from public.profiles p
     where lower(btrim(p.email::text)) in (select a.email from address a)
), access as (
    select a.user_id::text as user_id, a.module_id::text as module_id, a.expires_at::timestamp as ends,
           to_jsonb(a.metadata) ->> 'session_id' as session_id,
           to_jsonb(a.metadata) ->> 'reconciled' as reconciled
      from public.module_access a
), carried as (
    select a.session_id, a.module_id, bool_or(a.reconciled is null) as by_handler
      from access a
     where a.session_id in (select s.session_id from sale s)
     group by 1, 2
), lasting as (
    select distinct s.session_id, s.module_id
      from sale s
      join profile p on p.email = s.email
      join access a on a.user_id = p.user_id and a.module_id = s.module_id
     where a.ends is null or a.ends >= s.covered_until
), tokened as (
    select distinct s.session_id, s.module_id
      from sale s
      join profile p on p.email = s.email
      join token t on t.owner = p.user_id and t.module_id = s.module_id
     where t.ends is null or t.ends >= s.covered_until
)
select s.session_id, s.module_id,
       exists (select from profile p where p.email = s.email) as customer,
       exists (select from address a join profile p on p.email = a.email
                where a.session_id = s.session_id and a.email <> s.email) as other_customer,
       exists (select from address a join profile p on p.written = a.written
                where a.session_id = s.session_id) as found_as_written,
       coalesce((select bool_and(p.written <> p.email) from profile p where p.email = s.email), false) as odd_profile,
       exists (select from public.modules m where m.id::text = s.module_id) as module,
       exists (select from public.module_access a
                where a.module_id::text = s.module_id and a.is_active
                  and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))) as module_in_use,
       c.session_id is not null as carried,
       coalesce(c.by_handler, false) as by_handler,
       l.session_id is not null as lasting,
       t.session_id is not null as tokened
  from sale s
  left join carried c on c.session_id = s.session_id and c.module_id = s.module_id
  left join lasting l on l.session_id = s.session_id and l.module_id = s.module_id
  left join tokened t on t.session_id = s.session_id and t.module_id = s.module_id
