-- The active accesses that these payments still hold and that no other payment of their customers covers.
-- Parameters: sessions, a list of ids; paid_again, a list of customer and module, with a blank between.
select n.cites as session_id, to_jsonb(a) ->> 'id' as row_id
  from /* include profile/accesses */ a
 cross join lateral (select /* include domain/cites session=(to_jsonb(a.metadata)->>'session_id') payment=(to_jsonb(a.metadata)->>'payment_id') */ as cites) n
 where a.is_active
   and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))
   and n.cites = any(%(sessions)s)
   and concat(a.user_id, ' ', a.module_id) <> all (%(paid_again)s::text[])
 order by 2, 1
