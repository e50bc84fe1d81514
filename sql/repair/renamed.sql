-- How many profiles email_case.sql changed, what undo needs to change them back, and this transaction's number.
select current_setting('iahome_fix.renamed')::integer as renamed,
       current_setting('iahome_fix.renamed_forms') as forms,
       pg_current_xact_id()::xid::text as version
