-- What the page reads with a login: the own profile by e-mail, the own active rows in force, the titles of
-- their modules (of all, where there is no such row). Parameters: email, user_id, expected (own rows in force).
select (select count(*) from public.profiles where email = %(email)s::text) as profiles,
       (select count(*)
          from (select /* profile page_columns */, /* profile owner */ as owner, /* profile active */ as active, /* profile ends */ as ends
                  from /* profile table */) a
         where a.owner::text = %(user_id)s and a.active
           and (a.ends is null or a.ends > (now() at time zone 'utc'))) as module_access,
       (select count(*)
          from public.modules m
         where %(expected)s::integer = 0
            or m.id::text in (select a./* profile module */::text
                                from /* profile table */ a
                               where a./* profile owner */::text = %(user_id)s and a./* profile active */
                                 and (a./* profile ends */ is null or a./* profile ends */ > (now() at time zone 'utc')))) as modules
