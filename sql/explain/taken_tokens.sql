-- (after backfill/classified) The tokens of some owners that would give what a person took away, with the row that
-- says so. Parameter: owners, ids and addresses in lower case.
select c.token_id, c.taken_row
  from classified c
 where c.verdict = 'withdrawn' and lower(c.owner) = any(%(owners)s::text[])
