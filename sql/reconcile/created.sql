-- How many accesses create.sql made, and the number of the transaction; of a table that says nothing of runs also which
-- rows were made, which deactivated, and what those held before that were given a later end (JSON lists).
select current_setting('iahome_fix.created')::integer as created,
       current_setting('iahome_fix.ids', true) as ids, current_setting('iahome_fix.ended', true) as ended,
       current_setting('iahome_fix.lengthened', true) as lengthened,
       pg_current_xact_id()::xid::text as version
