-- How many accesses create.sql or bare_create.sql made, which, and the number of the transaction.
select jsonb_array_length(current_setting('iahome_fix.moved')::jsonb) as created,
       current_setting('iahome_fix.moved') as ids,
       current_setting('iahome_fix.ended', true) as ended, pg_current_xact_id()::xid::text as version
