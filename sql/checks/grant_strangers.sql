-- Customers (or modules) that the table which an access refers to does not have; the marks are replaced.
select count(*) as missing, (select count(*) from public./* ours */) as found
  from public./* ours */ o
 where not exists (select from /* table */ r where r./* column */::text = o.id::text)
