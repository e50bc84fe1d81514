-- Whether this database user may take away again what a payment writes, and what may keep it from that: triggers and rules
-- on deletes, policies, tables whose rows refer to it. Over the Management API who reads is not who writes. No parameter.
select c.relname::text as name, quote_ident(r.rolname) as role,
       has_schema_privilege(r.oid, c.relnamespace, 'usage') and has_any_column_privilege(r.oid, c.oid, 'select') as may_read,
       has_table_privilege(r.oid, c.oid, 'delete') as may_delete,
       c.relrowsecurity and not (r.rolsuper or r.rolbypassrls)
       and (c.relforcerowsecurity or not pg_has_role(r.oid, c.relowner, 'usage')) as hidden,
       (select coalesce(jsonb_agg(x.name order by x.name), '[]'::jsonb)::text
          from (select format('trigger %s', t.tgname) as name from pg_catalog.pg_trigger t
                 where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled <> 'D'
                   and (c.relname = /* profile table_name */ or t.tgtype::integer & 8 <> 0)
                union all
                select format('rule %s', w.rulename) from pg_catalog.pg_rewrite w
                 where w.ev_class = c.oid and w.ev_type = '4' and w.ev_enabled <> 'D'
                union all
                select format('foreign key %s of %s', k.conname, k.conrelid::regclass) from pg_catalog.pg_constraint k
                 where k.confrelid = c.oid and k.contype = 'f' and k.confdeltype in ('a', 'r')) x) as standing
  from pg_catalog.pg_class c
  join pg_catalog.pg_roles r
    on r.rolname = case current_user when 'supabase_read_only_user' then 'postgres' else current_user end
 where c.oid in (to_regclass('/* profile table */'), to_regclass('public.payments'), to_regclass('public.access_tokens'))
