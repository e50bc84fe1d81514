-- What sql/session/wave.sql asks: a JSON array of queries as text. Parameter: asked.
select set_config('iahome_fix.asked', %(asked)s::text, true)
