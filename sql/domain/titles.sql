-- The modules that have these titles, each title with its one module. Parameter: titles (list of text).
select btrim(m.title::text) as title, min(m.id::text) as module_id
  from public.modules m
 where btrim(m.title::text) = any(%(titles)s::text[])
 group by btrim(m.title::text)
having count(*) = 1
