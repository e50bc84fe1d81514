-- Whose payment is it? The one place of this rule. Asked are the user id of the metadata, then the addresses. An
-- address is found in profiles without regard to case and outer blanks; of several profiles the one that is equal
-- letter by letter, else none. Two that lead to two profiles lead to nobody: a person has to say.
-- Gives customer: payment, owner (null: nobody), led (how many profiles it leads to), crowded (an address has several
-- profiles and none in these letters), odd (the owner's address has capitals or blanks), as_written (the
-- address for which the handler looks is in profiles letter by letter), altered (it leads to no profile, or to one in other
-- letters only, while another one of the payment does), by_id (only the user id leads to the owner).
, named as materialized (
    select s.payment, e.place, e.written, /* include domain/address of=e.written */ as address,
           e.written = s.asked as is_asked, s.asked
      from (select distinct on (x.payment) x.payment, x.addresses, x.asked from sale x) s
     cross join lateral jsonb_array_elements_text(coalesce(s.addresses, '[]'::jsonb)) with ordinality as e (written, place)
), profile as materialized (
    select p.id::text as user_id, p.email::text as written, /* include domain/address of=p.email::text */ as address
      from public.profiles p
     where /* include domain/address of=p.email::text */ in (select n.address from named n)
        or p.id::text in (select s.user_id from sale s)
), spelled as materialized (
    -- Each spelling that some payment has, and the one profile to which it leads.
    select w.written, w.address,
           case when count(*) = 1 then min(p.user_id)
                when count(*) filter (where p.written = w.letters) = 1 then min(p.user_id) filter (where p.written = w.letters)
           end as user_id,
           count(*) filter (where p.written = w.written) > 0 as as_written
      from (select distinct n.written, btrim(n.written, /* include domain/blanks */) as letters, n.address from named n) w
      join profile p on p.address = w.address
     group by w.written, w.address
), lead as materialized (
    select n.payment, f.user_id, n.place, f.as_written, n.is_asked, n.asked from named n join spelled f on f.written = n.written
     union all
    select distinct s.payment, p.user_id, 0, false, false, null from sale s join profile p on p.user_id = s.user_id
), customer as materialized (
    select l.payment, count(distinct l.user_id) as led,
           case when count(distinct l.user_id) = 1 then min(l.user_id) end as owner,
           bool_or(l.user_id is null) as crowded,
           bool_or(l.as_written and l.is_asked is not false) as as_written,
           bool_or(p.written <> p.address) as odd, bool_and(l.place = 0) as by_id,
           bool_or(l.asked is not null) and bool_and(l.place > 0) and not bool_or(l.is_asked is true and l.as_written)
           and (not bool_or(l.is_asked is true) or bool_or(l.is_asked is not true and l.as_written)) as altered
      from lead l
      left join profile p on p.user_id = l.user_id
     group by l.payment
)
