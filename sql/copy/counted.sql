-- Writes the statement after which plans fit the rows of a table. Parameter: name (text).
select format('analyze public.%%I', %(name)s::text)
