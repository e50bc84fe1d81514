-- One row per session and module: the verdict, and what the plan says beside it. `replaces`: a shorter access is open
-- and makes way; taken_*: the row that a person took away, whose it is, and when (UTC), as far as that is known.
select c.session_id, c.module_id, c.verdict, c.owner, c.other_customer,
       c.verdict = 'due' and c.open as replaces,
       c.taken_row, c.taken_from, c.taken_why, to_char(c.taken_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as taken_at
  from classified c
