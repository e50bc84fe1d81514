-- Is there a row that is active but over? Spares the work of end_expired.sql where there is none.
select exists (select from public.module_access a
                where a.is_active and a.expires_at::timestamp <= (now() at time zone 'utc')) as found
