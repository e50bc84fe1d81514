-- Rows that later versions of the app write in place of an access. Parameters: user_id, module (text).
select to_jsonb(u) ->> 'id' as id
  from public.user_applications u
 where u.user_id::text = %(user_id)s::text and u.module_id::text = %(module)s::text
