-- All rows of a customer and module, in a table that says nothing of payments.
-- Parameters: user_id, module (text).
select a.id::text as id, coalesce(a.is_active, false) as is_active,
       round(extract(epoch from a.expires_at::timestamp - (now() at time zone 'utc')) / 3600)::integer as hours
  from /* include profile/accesses */ a
 where a.user_id::text = %(user_id)s::text and a.module_id::text = %(module)s::text
 order by coalesce(a.is_active, false) desc, a.id::text
