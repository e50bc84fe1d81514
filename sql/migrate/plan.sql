-- Hand the agreed plan to apply.sql, which cannot take a parameter. Parameter: plan (JSON text).
select set_config('iahome_fix.plan', %(plan)s::text, true)
