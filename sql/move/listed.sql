-- (after classified.sql) Every access with its verdict, those that are brought over first. No parameter.
select c.row_id, c.owner, c.module_id, c.origin, c.verdict,
       to_jsonb(c.made) #>> '{}' as made, to_jsonb(c.ends) #>> '{}' as ends
  from classified c
 order by c.verdict, c.module_id, c.owner, c.row_id
