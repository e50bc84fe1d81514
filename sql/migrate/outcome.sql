-- What came of apply.sql.
select current_setting('iahome_fix.outcome')::jsonb as outcome
