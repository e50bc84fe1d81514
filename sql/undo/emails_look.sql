-- (after emails.sql)
select (select count(*) from noted) as noted,
       (select count(*) from judged j where not j.taken) as restorable
