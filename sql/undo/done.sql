-- How many rows delete.sql and restore.sql changed.
select current_setting('iahome_fix.deleted')::integer as deleted,
       current_setting('iahome_fix.restored')::integer as restored
