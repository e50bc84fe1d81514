-- Tokens of a customer and module: some versions of the app make one for a payment.
-- Parameters: user_id, module (text).
select t.id::text as id
  from public.access_tokens t
 where t.created_by::text = %(user_id)s::text and t.module_id::text = %(module)s::text
