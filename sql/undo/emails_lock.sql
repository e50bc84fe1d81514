-- (after emails.sql) As lock.sql, for profiles.
select count(*) as locked
  from (select from public.profiles p where p.id::text in (select n.id from noted n) for update) l
