-- (after bare_judged.sql) What of a run is there as it left it, and what of it can be taken back.
select count(*) filter (where j.made) as deletable,
       count(*) filter (where not j.made and j.image is null) as ended,
       count(*) filter (where j.image is not null) as to_shorten,
       (select count(*) from restorable r where not r.blocked) as restorable,
       (select count(*) from restorable r where r.blocked) as blocked
  from judged j
