-- Ends the query of domain/verdict.sql: the rows that are due, as they are written where each request is a transaction
-- of its own; "lengthens" is the access that still runs and ends before the term that was bought, as it is now, where
-- there is one. What would take several requests that only belong together is left out: an access of a former id that
-- has to be moved.
select j.owner as user_id, j.module_id, 'purchase' as access_type, null::text as token_id,
       to_jsonb(j.ends) #>> '{}' as expires_at, true as is_active,
       /* include reconcile/metadata session=j.session_id payment=j.payment_id bought=j.paid amount=j.amount replaces=null::text */ as metadata,
       to_jsonb(m) ->> 'title' as title, r.held as lengthens
  from judged j
  join public.modules m on m.id::text = j.module_id
  left join lateral (select to_jsonb(a) as held
                       from /* include profile/accesses */ a
                      where j.open and a.is_active and a.user_id::text = j.owner and a.module_id::text = j.module_id
                        and a.expires_at::timestamp > (now() at time zone 'utc') and a.expires_at::timestamp < j.ends
                      order by a.expires_at::timestamp desc, a.id::text
                      limit 1) r on true
 where /* include reconcile/still_owed */
   and j.former_row is null
 order by j.paid, j.payment, j.module_id
