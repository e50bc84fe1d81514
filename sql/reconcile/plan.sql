-- One row per session and module: the verdict, and what the plan says beside it. `withdrawn`: a person closed
-- the access that covers it; `replaces`: a shorter one is open and makes way.
select c.session_id, c.module_id, c.verdict, c.owner, c.other_customer,
       c.verdict = 'covered' and c.closed and not c.open as withdrawn,
       c.verdict = 'due' and c.open as replaces
  from classified c
