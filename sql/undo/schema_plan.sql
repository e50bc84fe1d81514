-- Hand the agreed parts of the schema to schema_agreed.sql, which cannot take a parameter. Parameter: plan (JSON text).
select set_config('iahome_fix.schema', %(plan)s::text, true)
