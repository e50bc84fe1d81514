-- Of these payments, those that still hold an active access which no other payment of its customer covers.
-- Parameters: sessions, a list of ids; paid_again, a list of customer and module, with a blank between.
select distinct n.cites as session_id
  from /* include profile/accesses */ a
 cross join lateral (select /* include domain/cites session=(to_jsonb(a.metadata)->>'session_id') payment=(to_jsonb(a.metadata)->>'payment_id') */ as cites) n
 where a.is_active
   and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))
   and n.cites = any(%(sessions)s)
   and concat(a.user_id, ' ', a.module_id) <> all (%(paid_again)s::text[])
