-- Note a migration as applied, the way the Supabase CLI does. Its table gained columns over time: these three are
-- in all of its versions since 2023. Parameters: version, name (text), statements (list of text).
insert into supabase_migrations.schema_migrations (version, name, statements)
select %(version)s, %(name)s, array(select jsonb_array_elements_text(%(statements)s::jsonb))
    on conflict (version) do nothing
