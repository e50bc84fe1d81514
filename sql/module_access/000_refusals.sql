-- title: Nothing stands in the way of a safe migration
-- why: What cannot be changed without risking rows is left to a person.
-- detect
-- One row per obstacle: item is a stable word, detail the fact behind it.
select 'not-a-table' as item,
       case c.relkind when 'v' then 'view' when 'm' then 'materialized view'
                      when 'f' then 'foreign table' when 'p' then 'partitioned table' else c.relkind::text end as detail
  from pg_catalog.pg_class c
 where c.oid = to_regclass('public.module_access') and c.relkind <> 'r'
union all
select 'no-modules', 'public.modules'
 where not exists (select from pg_catalog.pg_class c
                    where c.oid = to_regclass('public.modules') and c.relkind in ('r', 'p'))
union all
select 'modules-without-key', 'public.modules.id'
  from pg_catalog.pg_class c
 where c.oid = to_regclass('public.modules') and c.relkind in ('r', 'p')
   and not exists (
       select from pg_catalog.pg_index i
         join pg_catalog.pg_attribute k on k.attrelid = i.indrelid and k.attnum = i.indkey[0]
        where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indnkeyatts = 1
          and i.indpred is null and k.attname = 'id')
union all
select 'no-role', r.name
  from unnest(array['anon', 'authenticated', 'service_role']) as r (name)
 where not exists (select from pg_catalog.pg_roles where rolname = r.name)
union all
select 'not-owner', pg_catalog.pg_get_userbyid(c.relowner)::text
  from pg_catalog.pg_class c
 where c.oid = to_regclass('public.module_access')
   and not pg_catalog.pg_has_role(current_user, c.relowner, 'USAGE')
union all
select 'odd-column', a.attname::text || ' ' || format_type(a.atttypid, a.atttypmod)
  from pg_catalog.pg_attribute a
 where a.attrelid = to_regclass('public.module_access') and a.attnum > 0 and not a.attisdropped
   and (a.attname = 'is_active' and a.atttypid <> 'boolean'::regtype
        or a.attname = 'expires_at' and a.atttypid not in ('timestamp'::regtype, 'timestamptz'::regtype)
        or a.attname = 'metadata' and a.atttypid <> 'jsonb'::regtype
        or a.attname in ('token_id', 'access_type')
           and a.atttypid not in ('varchar'::regtype, 'text'::regtype)
        or a.attname = 'user_id' and a.atttypid not in ('varchar'::regtype, 'text'::regtype, 'uuid'::regtype));
