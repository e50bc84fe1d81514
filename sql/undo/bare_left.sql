-- What bare_delete, bare_shorten and bare_restore should have done, and what is not so all the same: as undo/left.
-- Parameter: lengthened (JSON list of objects).
select set_config('iahome_fix.left', (
           (select count(*) from /* profile table */ w
             where w./* profile id */::text in (select jsonb_array_elements_text(current_setting('iahome_fix.doomed')::jsonb)))
           + (select count(*)
                from jsonb_array_elements_text(current_setting('iahome_fix.wanted')::jsonb) as k (id)
                left join /* profile table */ w on w./* profile id */::text = k.id
               where w./* profile active */ is not true)
           + (select count(*)
                from jsonb_array_elements_text(current_setting('iahome_fix.shortened')::jsonb) as k (id)
                join jsonb_array_elements(%(lengthened)s::jsonb) as i (value) on i.value ->> 'id' = k.id
                left join /* profile table */ w on w./* profile id */::text = k.id
               where (to_jsonb(w) ->> /* profile ends_name */)::timestamptz
                     is distinct from (i.value ->> 'ends')::timestamptz))::text, true)
