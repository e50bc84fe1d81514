-- What holds the place of a new access: a row that is active but over, or one that ends before the term that
-- was bought; and the row of a former id of the same customer, which goes on as theirs. It stays, deactivated, with the
-- reason and what it held before. Parameter: run_id (text).
update public.module_access a
   set is_active = false,
       updated_at = (now() at time zone 'utc'),
       metadata = case when jsonb_typeof(a.metadata) = 'object' then a.metadata else '{}'::jsonb end
                  || jsonb_build_object(
                         'deactivated_by', 'iahome-fix',
                         'deactivated_because',
                         case when a.id::text = d.former_row then 'moved'
                              when a.expires_at::timestamp <= (now() at time zone 'utc')
                              then 'expired' else 'replaced' end,
                         'deactivated_for_session', d.session_id,
                         'deactivated_run_id', %(run_id)s::text,
                         'deactivated_at', now() at time zone 'utc',
                         'deactivated_before', to_jsonb(a))
  from pg_temp.iahome_fix_due d
 where a.is_active
   and (a.id::text = d.former_row
        or a.expires_at::timestamp < d.ends and a.user_id::text = d.owner and a.module_id::text = d.module_id)
