-- One access for each module that is due, in whatever type user_id has; the number is left in
-- iahome_fix.created. A row that made way for it is named. Parameter: run_id (text).
with made_way as (
    select a.user_id::text as owner, a.module_id::text as module_id, max(a.id::text) as id
      from public.module_access a
     where a.metadata ->> 'deactivated_run_id' = %(run_id)s::text
     group by 1, 2
), created as (
    insert into public.module_access (user_id, module_id, access_type, expires_at, is_active, metadata)
    select (jsonb_populate_record(null::public.module_access, jsonb_build_object('user_id', d.owner))).user_id,
           m.id, 'purchase', d.ends, true,
           jsonb_build_object(
               'session_id', d.session_id,
               'purchased_at', to_char(d.bought, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
               'amount', d.amount,
               'payment_method', 'stripe',
               'reconciled', true,
               'run_id', %(run_id)s::text)
           || case when w.id is null then '{}'::jsonb else jsonb_build_object('replaces', w.id) end
      from pg_temp.iahome_fix_due d
      join public.modules m on m.id::text = d.module_id
      left join made_way w on w.owner = d.owner and w.module_id = d.module_id
        on conflict (user_id, module_id) where is_active do nothing
 returning id
)
select set_config('iahome_fix.created', count(*)::text, true) from created
