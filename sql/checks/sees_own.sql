-- What the page reads with a login: the own profile by e-mail, the own active rows in force, the titles of
-- their modules (of all, where there is no such row). Parameters: email, user_id, expected (own rows in force).
select (select count(*) from public.profiles where email = %(email)s::text) as profiles,
       (select count(*)
          from (select id, user_id, module_id, access_type, expires_at, is_active, created_at, metadata
                  from public.module_access) a
         where a.user_id = %(user_id)s and a.is_active
           and (a.expires_at is null or a.expires_at > (now() at time zone 'utc'))) as module_access,
       (select count(*)
          from public.modules m
         where %(expected)s::integer = 0
            or m.id::text in (select a.module_id::text
                                from public.module_access a
                               where a.user_id = %(user_id)s and a.is_active
                                 and (a.expires_at is null or a.expires_at > (now() at time zone 'utc')))) as modules
