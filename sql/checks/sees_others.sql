-- Rows of other customers that this login can read. Parameter: user_id.
select count(*) as found from /* include profile/accesses */ a where a.user_id::text is distinct from %(user_id)s::text
