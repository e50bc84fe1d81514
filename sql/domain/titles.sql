-- The modules that have these titles, each title with its one module. Parameter: titles (list of text).
select t.title, min(t.module_id) as module_id
  from (select btrim(to_jsonb(m) ->> 'title') as title, m.id::text as module_id from public.modules m) t
 where t.title = any(%(titles)s::text[])
 group by t.title
having count(*) = 1
