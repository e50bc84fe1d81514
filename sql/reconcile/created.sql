-- How many accesses create.sql made.
select current_setting('iahome_fix.created')::integer as created
