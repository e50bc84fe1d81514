-- title: One active access per customer and module
-- why: The handler looks for a single row; two are read as none, and every further payment adds one.
-- check: schema.one-active-access
-- needs: table
-- detect
-- A table without is_active is read as the default will fill it: "fallback" answers for the missing column.
select format('module %s', r.module_id) as item, format('%s active rows for one customer', count(*)) as detail
  from (values (true, null::text, null::text)) as fallback (is_active, user_id, module_id)
 cross join lateral (select user_id::text as owner, module_id::text as module_id, is_active::text as active
                       from public.module_access m) r
 where r.active = 'true' and r.owner is not null and r.module_id is not null
 group by r.owner, r.module_id
having count(*) > 1
 order by 1, 2;
-- repair
-- The row that lasts longest stays (no expiry lasts longest, then the newest); no row is deleted, and what it held
-- before is kept beside the reason. `migrate` names its run in iahome_fix.run_id.
update public.module_access a
   set is_active = false,
       updated_at = (now() at time zone 'utc'),
       metadata = case when jsonb_typeof(a.metadata) = 'object' then a.metadata else '{}'::jsonb end
                  || jsonb_build_object(
                         'deactivated_by', 'iahome-fix',
                         'deactivated_because', 'duplicate',
                         'deactivated_at', now() at time zone 'utc',
                         'deactivated_before', to_jsonb(a))
                  || case when current_setting('iahome_fix.run_id', true) <> ''
                          then jsonb_build_object('deactivated_run_id', current_setting('iahome_fix.run_id', true))
                          else '{}'::jsonb end
  from (select m.tableoid, m.ctid,
               row_number() over (partition by m.user_id, m.module_id
                                  order by m.expires_at desc nulls first, m.created_at desc nulls last, m.id desc) as place
          from public.module_access m
         where m.is_active and m.user_id is not null and m.module_id is not null) ranked
 where ranked.tableoid = a.tableoid and ranked.ctid = a.ctid and ranked.place > 1;
