-- A row that is active but over is no access, yet it holds the place of the new one. It stays, deactivated, with the
-- reason and what it held before. Parameter: run_id (text).
, ended as (
    update public.module_access a
       set is_active = false,
           updated_at = (now() at time zone 'utc'),
           metadata = case when jsonb_typeof(a.metadata) = 'object' then a.metadata else '{}'::jsonb end
                      || jsonb_build_object(
                             'deactivated_by', 'iahome-fix',
                             'deactivated_because', 'expired',
                             'deactivated_run_id', %(run_id)s::text,
                             'deactivated_at', now() at time zone 'utc',
                             'deactivated_before', to_jsonb(a))
      from classified c
     where c.verdict = 'to_create' and not c.is_over
       and a.is_active and a.expires_at::timestamp <= (now() at time zone 'utc')
       and a.user_id::text = c.owner and a.module_id::text = c.module_id
   -- Asked once, before anything else: where no row is over, the tokens need not be looked at.
   and exists (select from public.module_access e
                where e.is_active and e.expires_at::timestamp <= (now() at time zone 'utc'))
 returning a.id
)
select count(*) as ended from ended
