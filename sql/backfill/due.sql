-- The tokens that are due an access, with what is written of them. No parameter of its own.
select c.token_id, c.owner, c.module_id, to_jsonb(c.expires_at) #>> '{}' as expires_at, c.is_over,
       (select to_jsonb(m) ->> 'title' from public.modules m where m.id = c.module_key) as title
  from classified c
 where c.verdict = 'to_create'
 order by c.token_id
