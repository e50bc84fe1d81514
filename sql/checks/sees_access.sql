-- What the page lists: own active rows in force. Parameter: user_id.
select count(*) as found
  from public.module_access a
 where a.user_id = %(user_id)s and a.is_active
   and (a.expires_at is null or a.expires_at > (now() at time zone 'utc'))
