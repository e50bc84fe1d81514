-- Hand what was agreed to within.sql, which cannot take a parameter, and to classified.sql which of so many parts of
-- the owners this transaction is about. Parameters: most, parts, part (integer; part from 0).
select set_config('iahome_fix.most', %(most)s::text, true),
       set_config('iahome_fix.parts', %(parts)s::text, true), set_config('iahome_fix.part', %(part)s::text, true)
