-- The row that a synthetic payment left. Parameters: session_id, user_id (text).
select a.id::text as id, a.module_id::text as module_id, coalesce(a.is_active, false) as is_active,
       round(extract(epoch from a.expires_at::timestamp - (now() at time zone 'utc')) / 3600)::integer as hours
  from /* include profile/accesses */ a
 where a.user_id::text = %(user_id)s::text and to_jsonb(a.metadata) ->> 'session_id' = %(session_id)s::text
