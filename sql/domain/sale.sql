-- The sales in question, each once: one module of one payment. Begins the query of verdict.sql, behind tokens.sql or
-- no_tokens.sql. Times are UTC without a zone, ids are text, whatever their types in the tables.
-- Parameter: sales, a JSON list of {payment, session_id, payment_id, module_id, user_id, addresses, asked, amount,
-- paid, until, least, ends}: payment is the key, a Checkout Session's id or that of an invoice of its own; session_id and payment_id are what
-- rows cite for it (domain/cites), payment_id being the first invoice where the payment is a session of a subscription;
-- user_id and addresses are what the payment says of its customer, in the order in which they are asked; asked is the
-- address for which the app's handler looks; until is when the term ends that was bought, least when an access that covers it ends at the earliest (the same, where the term is known), ends when an access ends that is written now (domain/terms.py).
, sale as materialized (
    select s.payment, s.session_id, s.payment_id, s.module_id, s.user_id, s.addresses, s.asked, s.amount, s.planned_for,
           s.paid at time zone 'utc' as paid, s.until at time zone 'utc' as until, s.least at time zone 'utc' as least, s.ends at time zone 'utc' as ends
      from jsonb_to_recordset(%(sales)s::jsonb)
             as s (payment text, session_id text, payment_id text, module_id text, user_id text, addresses jsonb, asked text, amount numeric, planned_for text,
                   paid timestamptz, until timestamptz, least timestamptz, ends timestamptz)
)
