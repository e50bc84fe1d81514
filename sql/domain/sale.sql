-- The sales in question, each once: one module of one payment. Begins the query of verdict.sql, behind tokens.sql or
-- no_tokens.sql. Times are UTC without a zone, ids are text, whatever their types in the tables.
-- Parameter: sales, a JSON list of {payment, module_id, user_id, addresses, amount, opened, paid, until, ends}:
-- user_id and addresses are what the payment says of its customer, in the order in which they are asked; until is
-- when the term ends that was bought, ends when an access ends that is written now (domain/terms.py).
, sale as materialized (
    select s.payment, s.payment_id, s.module_id, s.user_id, s.addresses, s.amount, s.planned_for,
           s.paid at time zone 'utc' as paid, s.until at time zone 'utc' as until, s.ends at time zone 'utc' as ends
      from jsonb_to_recordset(%(sales)s::jsonb)
             as s (payment text, payment_id text, module_id text, user_id text, addresses jsonb, amount numeric, planned_for text,
                   paid timestamptz, until timestamptz, ends timestamptz)
)
