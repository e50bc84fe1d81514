-- What bare_delete and bare_restore should have done, and what is not so all the same: as undo/left.
select set_config('iahome_fix.left', (
           (select count(*) from /* profile table */ w
             where w./* profile id */::text in (select jsonb_array_elements_text(current_setting('iahome_fix.doomed')::jsonb)))
           + (select count(*)
                from jsonb_array_elements_text(current_setting('iahome_fix.wanted')::jsonb) as k (id)
                left join /* profile table */ w on w./* profile id */::text = k.id
               where w./* profile active */ is not true))::text, true)
