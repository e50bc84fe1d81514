-- Hand what was agreed to within.sql, which cannot take a parameter. Parameter: most (integer).
select set_config('iahome_fix.most', %(most)s::text, true)
