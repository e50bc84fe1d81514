-- Rows of a customer and module that a payment of that moment may have left: those that were not there before it, and
-- were made at about its time. Parameters: user_id, module, since (text: UTC), known (text[]).
select a.id::text as id
  from /* include profile/accesses */ a
 where a.user_id::text = %(user_id)s::text and a.module_id::text = %(module)s::text
   and a.id::text <> all(%(known)s::text[])
   and coalesce(a.created_at::timestamp between %(since)s::timestamp - interval '10 minutes'
                                            and %(since)s::timestamp + interval '10 minutes', true)
 order by a.id::text
