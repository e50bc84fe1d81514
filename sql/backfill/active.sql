-- The rows of module_access that are active, over or not. No parameter.
select a.id::text as row_id, a.user_id::text as owner, a.module_id::text as module_id,
       to_jsonb(a.expires_at::timestamp) #>> '{}' as expires_at,
       nullif(to_jsonb(a.metadata) ->> 'run_id', '') as run_id
  from /* include profile/accesses */ a
 where a.is_active
