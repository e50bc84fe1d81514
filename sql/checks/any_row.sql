-- How many rows a role sees at all.
select count(*) as found from (select from /* include profile/accesses */ a limit 1000) m
