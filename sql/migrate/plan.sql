-- Hand the agreed plan to apply.sql, which cannot take a parameter, and the run's id to a step that deactivates rows.
-- Parameters: plan (JSON text), run_id (text, may be empty).
select set_config('iahome_fix.plan', %(plan)s::text, true), set_config('iahome_fix.run_id', %(run_id)s::text, true)
