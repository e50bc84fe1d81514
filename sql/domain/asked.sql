-- Which accesses have to do with these sales. Behind customer.sql; before withdrawn.sql. All rows are read once, whatever
-- is asked of them afterwards; what that cites, and whose it is, decides which of them go on.
, own as materialized (
    -- The invoices by which payments were paid: a row may name the first one of a subscription, or its session.
    select s.payment_id, min(s.payment) as payment from sale s where s.payment_id is not null group by 1
), asked as materialized (
    select distinct s.payment from sale s
), wanted as materialized (
    -- Whose accesses to what may cover a sale; a customer's others are none of it.
    select distinct c.owner, s.module_id
      from sale s join customer c on c.payment = s.payment
     where c.owner is not null and s.module_id is not null
)
, access_row as materialized (
    -- Those of their customers, those that cite one of them, and those that were made of a token of their customers.
    select x.*
      from (select y.*, /* include domain/cites session=n.session_id payment=n.payment_id */ as cites
              from /* include domain/unchanged */
             cross join lateral (select a.id, a.user_id, a.module_id, a.access_type, a.token_id, a.expires_at, a.is_active,
                                        a.created_at, updated_at, to_jsonb(a.metadata) as metadata
                                   from /* include profile/accesses */ a offset 0) y
             cross join lateral (select y.metadata ->> 'session_id' as session_id, y.metadata ->> 'payment_id' as payment_id) n
            offset 0) x
     where x.user_id::text in (select c.owner from customer c where c.owner is not null)
        or x.cites in (select q.payment from asked q)
        or x.cites in (select o.payment_id from own o)
        or coalesce(nullif(x.token_id::text, ''), left(x.metadata ->> 'token_id', 255))
           in (select left(t.token_id, 255) from token t join customer c on c.owner = t.owner)
)
