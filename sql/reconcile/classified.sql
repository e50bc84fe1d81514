
-- Ends what begin.sql began: what is each module of each paid session due, and to whom?
-- Ids are compared as text, whatever their types; times are UTC without a zone. A customer is found by the
-- address, letter case and outer blanks aside; of several, by the one that is equal letter by letter.
-- Parameters: sales, a JSON list of {session_id, module_id, email, emails, created, bought, ends, amount,
-- user_id}; term, an interval; restore, ids of withdrawn rows that are given back on purpose (list of text).
), sold as (
    select s.session_id, s.module_id, s.email as written, /* include domain/address of=s.email */ as email, s.user_id, s.amount,
           s.bought at time zone 'utc' as bought, s.ends at time zone 'utc' as ends
      from jsonb_to_recordset(%(sales)s::jsonb)
             as s (session_id text, module_id text, email text, user_id text, amount numeric,
                   bought timestamptz, ends timestamptz)
), known as (
    select p.id::text as user_id, p.email::text as written, /* include domain/address of=p.email::text */ as email
      from public.profiles p
     where /* include domain/address of=p.email::text */ in (select s.email from sold s)
), found as (
    select w.written, count(*) as profiles,
           case when count(*) = 1 then min(k.user_id)
                when count(*) filter (where k.written = w.written) = 1
                then min(k.user_id) filter (where k.written = w.written)
           end as user_id
      from (select distinct s.written, s.email from sold s) w
      join known k on k.email = w.email
     group by w.written
), held as materialized (
    -- Of each customer and module: is an access open?
    select distinct a.user_id::text as user_id, a.module_id::text as module_id
      from public.module_access a
     where a.is_active and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))
       and a.user_id::text in (select f.user_id from found f)
), placed as materialized (
    -- Kept apart from what follows, whose estimates are low: thousands of sales must not be looked up one by one.
    select s.*, f.profiles, f.user_id as owner, m.id is not null as known_module,
           h.user_id is not null as open
      from sold s
      left join found f on f.written = s.written
      left join public.modules m on m.id::text = s.module_id
      left join held h on h.user_id = f.user_id and h.module_id = s.module_id
), classified as (
    select p.session_id, p.module_id, p.user_id as planned_for, p.amount, p.bought, p.ends, p.owner,
           case when j.lasting or j.carried and j.taken_row is null then 'covered'
                when j.taken_row is not null and j.taken_row <> all(%(restore)s::text[]) then 'withdrawn'
                when j.tokened then 'waiting_token'
                when p.module_id is null then 'no_module'
                when p.written is null then 'no_email'
                when p.profiles is null then 'unknown_customer'
                when p.owner is null then 'ambiguous_customer'
                when not p.known_module then 'unknown_module'
                when p.ends <= (now() at time zone 'utc') then 'over'
                else 'due'
           end as verdict,
           p.open, j.other_customer, j.taken_row, j.taken_from, j.taken_why, j.taken_at
      from placed p
      join judged j on j.session_id = p.session_id and coalesce(j.module_id, '') = coalesce(p.module_id, '')
)
