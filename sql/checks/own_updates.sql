-- The columns of module_access that signed-in customers may update, where a policy lets an update of theirs through
-- and they have no right to the whole table.
select coalesce(string_agg(a.attname::text, ', ' order by a.attnum), '') as columns
  from pg_catalog.pg_class c
  join pg_catalog.pg_roles r on r.rolname = 'authenticated'
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
 where c.oid = to_regclass('/* profile table */')
   and not pg_catalog.has_table_privilege(r.oid, c.oid, 'update')
   and pg_catalog.has_column_privilege(r.oid, c.oid, a.attnum, 'update')
   and exists (select from pg_catalog.pg_policy p cross join unnest(p.polroles) as o (oid)
                where p.polrelid = c.oid and p.polpermissive and p.polcmd in ('w', '*')
                  and (o.oid = 0 or pg_catalog.pg_has_role(r.oid, o.oid, 'usage')))
