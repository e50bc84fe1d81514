-- The time of the server (UTC).
select to_jsonb(now() at time zone 'utc') #>> '{}' as now
