-- Ends the query of verdict.sql: one row per sale.
select j.* from judged j
