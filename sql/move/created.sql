-- How many accesses create.sql or bare_create.sql made, or were given a later end, which, what those held before, and the
-- number of the transaction.
select jsonb_array_length(current_setting('iahome_fix.moved')::jsonb)
       + jsonb_array_length(coalesce(nullif(current_setting('iahome_fix.lengthened', true), ''), '[]')::jsonb) as created,
       current_setting('iahome_fix.moved') as ids,
       current_setting('iahome_fix.ended', true) as ended,
       nullif(current_setting('iahome_fix.lengthened', true), '') as lengthened, pg_current_xact_id()::xid::text as version
