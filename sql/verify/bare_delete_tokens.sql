-- As bare_delete, of tokens that the handler makes beside an access. Parameters: ids (text[]), user_id, module (text).
delete from public.access_tokens t
 where t.id::text = any(%(ids)s::text[])
   and t.created_by::text = %(user_id)s::text and t.module_id::text = %(module)s::text
