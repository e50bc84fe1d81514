-- How many of these addresses have a login (but, as the caller knows, no profile). Parameter: emails.
select count(distinct lower(u.email)) as logins from auth.users u where lower(u.email) = any(%(emails)s)
