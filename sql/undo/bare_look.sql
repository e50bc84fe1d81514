-- (after bare_judged.sql) What of a run is there as it left it, and what of it can be taken back; "there": how many of the rows
-- that it made, whoever changed them since.
select count(*) filter (where j.made) as deletable,
       (select count(*) from noted n join /* profile table */ w on w./* profile id */::text = n.id where n.made) as there,
       count(*) filter (where not j.made and j.image is null) as ended,
       count(*) filter (where j.image is not null) as to_shorten,
       (select count(*) from restorable r where not r.blocked) as restorable,
       (select count(*) from restorable r where r.blocked) as blocked
  from judged j
