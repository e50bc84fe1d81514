-- How many tokens a role sees at all.
select count(*) as found from (select from public.access_tokens limit 1000) t
