-- Writes the statement that makes the table of a copy, each column as text until all of it is there.
-- Parameters: name (text), columns (list of text).
select format('create table public.%%I (%%s)', %(name)s::text, string_agg(format('%%I text', c.name), ', ' order by c.place))
  from unnest(%(columns)s::text[]) with ordinality as c (name, place)
