-- Hand a row to delete_trial.sql, which cannot take a parameter. Parameter: row (JSON text: the columns of module_access).
select set_config('iahome_fix.trial', %(row)s::text, true)
