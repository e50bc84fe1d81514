-- What a person took away and a token would give, and what "restore" gives back of it (given_back): the row that
-- says so, whose it is, and when it was taken away as far as that is known (UTC).
select c.taken_row as row_id, min(c.owner) as owner, min(p.email) as email, c.module_id, min(c.why) as why,
       to_char(min(c.taken_at), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as taken_at, bool_or(c.verdict <> 'withdrawn') as given_back
  from classified c
  left join (select q.id::text as owner, min(q.email::text) as email from public.profiles q group by 1) p
    on p.owner = c.owner
 where c.verdict = 'withdrawn'
    or c.taken_row = any(%(restore)s::text[]) and c.verdict in ('to_create', 'duplicate')
 group by c.taken_row, c.module_id
 order by c.taken_row
