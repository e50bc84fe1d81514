-- The accesses of some owners, each row as JSON: any column but user_id may be missing, of any type.
-- Parameter: owners, ids and addresses in lower case.
select to_jsonb(a) as access, to_jsonb(now() at time zone 'utc') as asked,
       /* include domain/says_why held=(to_jsonb(a)->'metadata') */ as says_why,
       /* include domain/says_why held=(to_jsonb(a)->'metadata') more=||'|ended' */ as says_it_ended,
       /* include domain/cites session=(to_jsonb(a)->'metadata'->>'session_id') payment=(to_jsonb(a)->'metadata'->>'payment_id') */ as cites
  from /* include profile/accesses */ a
 where lower(btrim(a.user_id::text)) = any(%(owners)s::text[])
 order by to_jsonb(a) ->> 'created_at' desc nulls last
 limit 500
