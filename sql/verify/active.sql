-- Active rows of a customer and module, over or not: the handler takes any of them for an access.
-- Parameters: user_id, module (text).
select a.id::text as id, to_jsonb(a.metadata) ->> 'session_id' as session_id,
       coalesce(a.expires_at::timestamp <= (now() at time zone 'utc'), false) as over
  from /* include profile/accesses */ a
 where a.user_id::text = %(user_id)s::text and a.module_id::text = %(module)s::text and a.is_active
