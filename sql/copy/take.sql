-- Writes the statement that takes rows in. Parameters: name (text), columns (list of text).
select format('copy public.%%I (%%s) from stdin', %(name)s::text, string_agg(format('%%I', c.name), ', ' order by c.place))
  from unnest(%(columns)s::text[]) with ordinality as c (name, place)
