-- The tokens that get nothing, each with its reason. Parameters: reason (text or null for all), most (integer or null).
select c.token_id, c.owner, c.module_id, c.expires_at, c.verdict as reason
  from classified c
 where c.verdict not in ('to_create', 'covered')
   and (%(reason)s::text is null or c.verdict = %(reason)s::text)
 order by c.verdict, c.token_id
 limit %(most)s::integer
