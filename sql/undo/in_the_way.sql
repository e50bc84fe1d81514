-- What may keep a delete or an update of these tables from being done: triggers, rules, and policies where they apply to
-- this database user.
select format('trigger %s on %s', t.tgname, c.relname) as name
  from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
 where t.tgrelid in (to_regclass('/* profile table */'), to_regclass('public.profiles'))
   and not t.tgisinternal and t.tgenabled <> 'D' and t.tgtype::integer & 24 <> 0
union all
select format('rule %s on %s', r.rulename, c.relname)
  from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class
 where r.ev_class in (to_regclass('/* profile table */'), to_regclass('public.profiles')) and r.ev_type in ('2', '4')
union all
select format('policy %s on %s', p.polname, c.relname)
  from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
 where p.polrelid in (to_regclass('/* profile table */'), to_regclass('public.profiles')) and row_security_active(p.polrelid)
union all
select format('event trigger %s', e.evtname) from pg_catalog.pg_event_trigger e where e.evtenabled <> 'D'
 order by 1
