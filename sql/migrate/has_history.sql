-- Does the project keep a history of migrations?
select to_regclass('supabase_migrations.schema_migrations') is not null as found
