-- From here on nobody else changes a row of the run: what is then not as it has to be, the database itself did (a
-- trigger, a rule, a policy). Parameter: run_id (text).
select count(*) as locked
  from (select from public.module_access m
         where (m.metadata ->> 'run_id' = %(run_id)s::text or m.metadata ->> 'deactivated_run_id' = %(run_id)s::text)
           and mod(hashtext(coalesce(m.user_id::text, ''))::bigint + 2147483648,
                   (select current_setting('iahome_fix.parts')::bigint))
               = (select current_setting('iahome_fix.part')::bigint)
           for update) l
