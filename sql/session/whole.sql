-- All rows or an error: a read whose rows a policy would thin out without a word is refused (42501).
select set_config('row_security', 'off', true)
