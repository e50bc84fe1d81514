-- Is this migration in the history that the Supabase CLI compares with its files? Parameter: version (text).
select exists (select from supabase_migrations.schema_migrations m where m.version = %(version)s) as found
