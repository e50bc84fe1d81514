-- As move/bare_create, in the guide's table, where each row says from where it came, and for which run. A row that was
-- taken away carries no fingerprint: it is no access that this tool wrote and somebody ended since.
-- Parameters: run_id, source (text: the table that they come from).
with created as (
    insert into public.module_access (user_id, module_id, access_type, expires_at, is_active, created_at, updated_at,
                                      metadata)
    select w.user_id, w.module_id, w.access_type, w.expires_at, w.is_active, w.made, w.changed,
           w.metadata || jsonb_build_object('run_id', %(run_id)s::text)
           || case when w.is_active then jsonb_build_object('fingerprint', /* fingerprint */) else '{}'::jsonb end
      from (select (jsonb_populate_record(null::public.module_access,
                                          jsonb_build_object('user_id', d.owner))).user_id as user_id,
                   m.id as module_id,
                   case when d.origin is null or d.origin in (/* profile origins */) then /* profile handlers_origin */
                        else d.origin end as access_type,
                   null::text as token_id, d.ends as expires_at, d.active as is_active,
                   coalesce(d.made, now() at time zone 'utc') as made,
                   -- When it was taken away is not known: by its last change it would be a withdrawal still.
                   case when d.active or d.ends <= (now() at time zone 'utc')
                        then coalesce(d.made, now() at time zone 'utc') else now() at time zone 'utc' end as changed,
                   jsonb_build_object('moved_from', %(source)s::text, 'moved_row', d.row_id) as metadata
              from pg_temp.iahome_fix_moved d
              join public.modules m on m.id::text = d.module) w
        on conflict (user_id, module_id) where is_active do nothing
 returning id
)
select set_config('iahome_fix.moved', coalesce(jsonb_agg(c.id::text), '[]'::jsonb)::text, true) from created c
