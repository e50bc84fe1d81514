-- How many accesses create.sql or bare_create.sql made, which, and the number of the transaction.
select jsonb_array_length(current_setting('iahome_fix.moved')::jsonb) as created,
       current_setting('iahome_fix.moved') as ids, pg_current_xact_id()::xid::text as version
