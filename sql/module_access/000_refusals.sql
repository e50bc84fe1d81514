-- title: Nothing stands in the way of a safe migration
-- why: What cannot be changed without risking rows is left to a person.
-- detect
-- One row per obstacle: item is a stable word, detail the fact behind it.
select 'not-a-table' as item,
       case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
                      when 'p' then 'partitioned table' when 'S' then 'sequence' when 'c' then 'type'
                      else 'index' end as detail
  from pg_catalog.pg_class c
 where c.oid = to_regclass('public.module_access') and c.relkind <> 'r'
union all
-- A view stands for the modules well where the foreign key leads to what is behind it.
select case when to_regclass('public.modules') is null then 'no-modules' else 'modules-no-table' end, 'public.modules'
 where not exists (select from pg_catalog.pg_class c
                    where c.oid = to_regclass('public.modules') and c.relkind in ('r', 'p'))
   and (to_regclass('public.modules') is null
        or not exists (select from pg_catalog.pg_constraint k
                         join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)
                        where k.conrelid = to_regclass('public.module_access') and k.contype = 'f'
                          and a.attname = 'module_id'))
union all
select 'modules-without-key', 'public.modules.id'
  from pg_catalog.pg_class c
 where c.oid = to_regclass('public.modules') and c.relkind in ('r', 'p')
   and not exists (
       select from pg_catalog.pg_index i
         join pg_catalog.pg_attribute k on k.attrelid = i.indrelid and k.attnum = i.indkey[0]
        where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate and i.indnkeyatts = 1
          and i.indpred is null and k.attname = 'id')
union all
select 'read-only', 'by a setting for everybody'
 where exists (select from pg_catalog.pg_db_role_setting s cross join unnest(s.setconfig) as c
                where s.setrole = 0
                  and s.setdatabase in (0, (select d.oid from pg_catalog.pg_database d
                                             where d.datname = current_database()))
                  and c ~* '^default_transaction_read_only=\s*(on|true|yes|1)\s*$')
    or pg_catalog.pg_is_in_recovery()
union all
select 'no-role', r.name
  from unnest(array['anon', 'authenticated', 'service_role']) as r (name)
 where not exists (select from pg_catalog.pg_roles where rolname = r.name)
union all
select 'not-owner', pg_catalog.pg_get_userbyid(c.relowner)::text
  from pg_catalog.pg_class c
 where c.oid = to_regclass('public.module_access')
   -- The Management API reads as another role than the one it writes as.
   and not pg_catalog.pg_has_role(case current_user when 'supabase_read_only_user' then 'postgres'
                                                    else current_user end, c.relowner, 'USAGE')
union all
select 'odd-column', a.attname::text || ' ' || format_type(a.atttypid, a.atttypmod)
  from pg_catalog.pg_attribute a
 where a.attrelid = to_regclass('public.module_access') and a.attnum > 0 and not a.attisdropped
   and (a.attname = 'is_active' and a.atttypid <> 'boolean'::regtype
        or a.attname in ('expires_at', 'created_at', 'updated_at')
           and a.atttypid not in ('timestamp'::regtype, 'timestamptz'::regtype)
        or a.attname = 'metadata' and a.atttypid <> 'jsonb'::regtype
        or a.attname = 'access_type' and a.atttypid not in ('varchar'::regtype, 'text'::regtype)
        or a.attname in ('user_id', 'token_id')
           and a.atttypid not in ('varchar'::regtype, 'text'::regtype, 'bpchar'::regtype, 'uuid'::regtype,
                                  'int2'::regtype, 'int4'::regtype, 'int8'::regtype));
