-- How many profiles email_case.sql changed.
select current_setting('iahome_fix.renamed')::integer as renamed
