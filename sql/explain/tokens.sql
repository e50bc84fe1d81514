-- The tokens of some owners; what they open with stays where it is. Any column but created_by may be missing.
-- Parameter: owners, ids and addresses in lower case.
select to_jsonb(t) ->> 'id' as id, to_jsonb(t) ->> 'created_by' as owner, to_jsonb(t) ->> 'module_id' as module_id,
       to_jsonb(t) ->> 'is_active' as is_active, to_jsonb(t) ->> 'expires_at' as expires_at,
       to_jsonb(t) ->> 'created_at' as created_at, to_jsonb(now() at time zone 'utc') as asked
  from public.access_tokens t
 where lower(btrim(t.created_by::text)) = any(%(owners)s::text[])
 order by to_jsonb(t) ->> 'created_at' desc nulls last
 limit 500
