-- What is known of some modules. Parameter: ids, as text.
select m.id::text as id, to_jsonb(m) ->> 'title' as title, to_jsonb(m) ->> 'price' as price
  from public.modules m
 where m.id::text = any(%(ids)s::text[])
