-- As left.sql, for addresses; the number is left in iahome_fix.emails_left.
select set_config('iahome_fix.emails_left', (
           select count(*)
             from jsonb_each_text(current_setting('iahome_fix.emails_wanted')::jsonb) as k (id, held)
             left join public.profiles p on p.id::text = k.id
            where md5(p.email::text) is distinct from k.held)::text, true)
