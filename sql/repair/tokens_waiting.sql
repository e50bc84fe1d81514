-- The most accesses that a backfill can come to: pairs of owner and module with an active token in force.
select count(*) as found
  from (select distinct t.created_by::text, t.module_id::text
          from public.access_tokens t
         where t.is_active and t.created_by is not null and t.module_id is not null
           and (t.expires_at is null or t.expires_at > (now() at time zone 'utc'))) pairs
