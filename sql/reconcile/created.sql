-- How many accesses create.sql made, and the number of the transaction.
select current_setting('iahome_fix.created')::integer as created,
       pg_current_xact_id()::xid::text as version
