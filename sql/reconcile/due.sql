-- Ends the query of domain/verdict.sql: of what the plan showed, note what is still owed, and to the same customer;
-- nothing else is created.
, noted as (
    insert into pg_temp.iahome_fix_due (session_id, payment_id, module_id, owner, amount, bought, ends, former_row)
    select j.session_id, j.payment_id, j.module_id, j.owner, j.amount, j.paid, j.ends, j.former_row
      from judged j
     where /* include reconcile/still_owed */
 returning 1
)
select count(*) as noted from noted
