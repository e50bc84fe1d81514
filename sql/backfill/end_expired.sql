-- A row that is active but over is no access, yet it holds the place of the new one. Parameter: run_id (text).
, ended as (
    update public.module_access a
       set is_active = false,
           updated_at = (now() at time zone 'utc'),
           metadata = coalesce(a.metadata, '{}'::jsonb)
                      || jsonb_build_object('deactivated_by', 'iahome-fix', 'deactivated_because', 'expired',
                                            'deactivated_run_id', %(run_id)s::text)
      from classified c
     where c.verdict = 'to_create'
       and a.is_active and a.expires_at::timestamp <= (now() at time zone 'utc')
       and a.user_id::text = c.owner and a.module_id::text = c.module_id
 returning a.id
)
select count(*) as ended from ended
