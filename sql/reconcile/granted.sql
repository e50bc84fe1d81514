-- Ends the query of domain/verdict.sql: the rows that are due, as they are written where each request is a transaction
-- of its own. What would take several that only belong together is left out: an access that is still running and has to
-- be lengthened, one of a former id that has to be moved.
select j.owner as user_id, j.module_id, 'purchase' as access_type, null::text as token_id,
       to_jsonb(j.ends) #>> '{}' as expires_at, true as is_active,
       /* include reconcile/metadata session=j.session_id payment=j.payment_id bought=j.paid amount=j.amount replaces=null::text */ as metadata
  from judged j
 where /* include reconcile/still_owed */
   and not j.open and j.former_row is null
 order by j.paid, j.payment, j.module_id
