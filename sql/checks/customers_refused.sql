-- The sales whose row the table would refuse; the marks are replaced by what grant_rows and grant_obstacles found.
-- Parameter: sales, a JSON list of {payment, module_id, owner}.
with due as (
    select d.payment as due_payment, d.module_id as due_module, d.owner as due_owner
      from jsonb_to_recordset(%(sales)s::jsonb) as d (payment text, module_id text, owner text)
)
select due.due_payment as payment, due.due_module as module_id
  from due cross join lateral (select /* columns */) as module_access
 where /* refused */
