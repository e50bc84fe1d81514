-- What could refuse the row of the handler besides rights and types: its own triggers, checks and exclusions.
select 'trigger ' || t.tgname as name
  from pg_catalog.pg_trigger t
 where t.tgrelid = to_regclass('/* profile table */') and not t.tgisinternal and t.tgenabled <> 'D'
   and (t.tgtype & 4) <> 0
union all
select 'constraint ' || k.conname
  from pg_catalog.pg_constraint k
 where k.conrelid = to_regclass('/* profile table */') and k.contype in ('c', 'x')
 order by 1
