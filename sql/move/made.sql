-- How many of these rows carry the number of one of these transactions. Parameters: versions, ids (JSON lists of text).
select count(*) as created
  from /* profile table */ w
 where w.xmin::text in (select jsonb_array_elements_text(%(versions)s::jsonb))
   and w./* profile id */::text in (select jsonb_array_elements_text(%(ids)s::jsonb))
