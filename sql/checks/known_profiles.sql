-- How many of these customers there are. Parameter: ids (list of text).
select count(*) as found from public.profiles p where p.id::text = any(%(ids)s::text[])
