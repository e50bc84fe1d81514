-- From here on nobody else changes a row of the run: what is then not as it has to be, the database itself did (a
-- trigger, a rule, a policy). Parameter: run_id (text).
select count(*) as locked
  from (select from public.module_access m
         where m.metadata ->> 'run_id' = %(run_id)s::text or m.metadata ->> 'deactivated_run_id' = %(run_id)s::text
           for update) l
