-- As move/bare_make_way, in the guide's table, where the row says why and what it held before. Parameter: run_id (text).
update public.module_access a
   set is_active = false,
       updated_at = (now() at time zone 'utc'),
       metadata = case when jsonb_typeof(a.metadata) = 'object' then a.metadata else '{}'::jsonb end
                  || jsonb_build_object(
                         'deactivated_by', 'iahome-fix',
                         'deactivated_because',
                         case when a.expires_at::timestamp <= (now() at time zone 'utc') then 'expired' else 'replaced' end,
                         'deactivated_run_id', %(run_id)s::text,
                         'deactivated_at', now() at time zone 'utc',
                         'deactivated_before', to_jsonb(a))
  from pg_temp.iahome_fix_moved d
 where d.active and a.is_active and a.expires_at is not null
   and (d.ends is null or a.expires_at::timestamp < d.ends)
   and a.user_id::text = d.owner and a.module_id::text = d.module
