-- Of what the plan showed, note what is still due, and to the same customer; nothing else is created.
, noted as (
    insert into pg_temp.iahome_fix_due (session_id, module_id, owner, amount, bought, ends)
    select c.session_id, c.module_id, c.owner, c.amount, c.bought, c.ends
      from classified c
     where c.verdict = 'due' and c.owner = c.planned_for
 returning 1
)
select count(*) as noted from noted
