-- The accesses, of whomever, that cite one of these payments. Parameter: sessions, a list of ids.
select to_jsonb(a) as access, to_jsonb(now() at time zone 'utc') as asked,
       /* include domain/says_why held=to_jsonb(a.metadata) */ as says_why,
       /* include domain/says_why held=to_jsonb(a.metadata) more=||'|ended' */ as says_it_ended,
       /* include domain/cites session=(to_jsonb(a.metadata)->>'session_id') payment=(to_jsonb(a.metadata)->>'payment_id') */ as cites
  from /* include profile/accesses */ a
 where /* include domain/cites session=(to_jsonb(a.metadata)->>'session_id') payment=(to_jsonb(a.metadata)->>'payment_id') */ = any(%(sessions)s::text[])
 limit 500
