-- One module, whatever the type of its id is. Parameter: module (text).
select m.id::text as id, m.title::text as title, to_jsonb(m) ->> 'price' as price
  from public.modules m
 where m.id::text = %(module)s::text
