-- How many active rows carry the number of one of these transactions. Parameter: versions (JSON list of text).
select count(*) as created
  from /* profile table */ w
 where w./* profile active */ and w.xmin::text in (select jsonb_array_elements_text(%(versions)s::jsonb))
