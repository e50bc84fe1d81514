-- Modules that cost nothing, to choose one from. No parameter.
select m.id::text as id, m.title::text as title
  from public.modules m
 where to_jsonb(m) ->> 'price' ~ '^0+([.,]0+)?$'
 order by length(m.id::text), m.id::text
 limit 20
