-- One access for each module that is due, in whatever type user_id has; the number is left in
-- iahome_fix.created. A row that made way for it is named. Parameter: run_id (text).
with made_way as (
    select a.user_id::text as owner, a.module_id::text as module_id, max(a.id::text) as id
      from public.module_access a
     where a.metadata ->> 'deactivated_run_id' = %(run_id)s::text
     group by 1, 2
), created as (
    insert into public.module_access (user_id, module_id, access_type, expires_at, is_active, metadata)
    select w.user_id, w.module_id, w.access_type, w.expires_at, w.is_active,
           w.metadata || jsonb_build_object('run_id', %(run_id)s::text, 'fingerprint', /* fingerprint */)
      from (select (jsonb_populate_record(null::public.module_access,
                                          jsonb_build_object('user_id', d.owner))).user_id as user_id,
                   m.id as module_id, 'purchase' as access_type, null::text as token_id, d.ends as expires_at,
                   true as is_active,
                   /* include reconcile/metadata session=d.session_id payment=d.payment_id bought=d.bought amount=d.amount replaces=coalesce(d.former_row,y.id) */ as metadata
              from pg_temp.iahome_fix_due d
              join public.modules m on m.id::text = d.module_id
              left join made_way y on y.owner = d.owner and y.module_id = d.module_id) w
        on conflict (user_id, module_id) where is_active do nothing
 returning id
)
select set_config('iahome_fix.created', count(*)::text, true) from created
