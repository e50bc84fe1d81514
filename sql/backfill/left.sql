-- (after create.sql) What is due an access still, although one was written: left in iahome_fix.left. Where as many
-- came of it as were due, the tokens need not be looked at again.
select set_config('iahome_fix.left', count(*)::text, true)
  from classified c
 where c.verdict = 'to_create'
   and current_setting('iahome_fix.created')::integer < current_setting('iahome_fix.due')::integer
