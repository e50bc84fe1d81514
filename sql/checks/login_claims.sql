-- What the tokens of some logins hold, by the rows of auth.users. Parameter: ids (text[]). A column that this version
-- of the platform does not have reads as null.
select u.id::text as id, l.row ->> 'role' as role, l.row ->> 'aud' as aud, l.row ->> 'email' as email,
       coalesce(l.row ->> 'phone', '') as phone, coalesce((l.row ->> 'is_anonymous')::boolean, false) as is_anonymous,
       l.row -> 'raw_app_meta_data' as app_metadata, l.row -> 'raw_user_meta_data' as user_metadata,
       l.row ->> 'role' in (select m.rolname from pg_catalog.pg_auth_members g
                              join pg_catalog.pg_roles m on m.oid = g.roleid
                              join pg_catalog.pg_roles a on a.oid = g.member and a.rolname = 'authenticator')
           as role_is_known
  from auth.users u
 cross join lateral (select to_jsonb(u) as row) l
 where u.id::text = any (%(ids)s::text[])
