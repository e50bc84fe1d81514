-- The triggers that see a row before it is kept, and may give it other values. Parameter: table (text).
select t.tgname::text as trigger, t.tgrelid::regclass::text as "table"
  from pg_catalog.pg_trigger t
 where not t.tgisinternal and t.tgenabled in ('O', 'A') and (t.tgtype & 3) = 3 and t.tgrelid = to_regclass(%(table)s::text)
 order by 1
