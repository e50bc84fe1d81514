-- Rows that other versions of the app write in place of an access. Parameters: user_id, module (text).
select to_jsonb(u) ->> 'id' as id
  from /* profile elsewhere */ u
 where to_jsonb(u) ->> 'user_id' = %(user_id)s::text and to_jsonb(u) ->> 'module_id' = %(module)s::text
