-- What is left of the requirements 075, 087, 090 and 100, as statements that do not stop sales and that cannot stand
-- in a transaction, in their order. An index that is being built at this moment is left to who builds it.
-- Where something else holds the usual name of an index, the server chooses one.
with own as (
    select to_regclass('public.module_access') as oid
), leftover as (
    select i.indexrelid
      from pg_catalog.pg_index i join own on i.indrelid = own.oid
     where not i.indisvalid
       and not exists (select from pg_catalog.pg_locks l
                    where l.relation = i.indrelid and l.mode = 'ShareUpdateExclusiveLock' and l.granted
                      and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
                      and l.pid <> pg_backend_pid())
       and not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid)
), taken as (
    select c.relname::text as name
      from pg_catalog.pg_class c
     where c.relnamespace = to_regnamespace('public') and c.oid not in (select l.indexrelid from leftover l)
), unique_pair as (
    select i.indexrelid, i.indexrelid::regclass::text as name,
           pg_catalog.pg_get_expr(i.indpred, i.indrelid) in ('is_active', '(is_active = true)')
           and i.indisunique and i.indexprs is null and i.indnkeyatts = 2
           and (select array_agg(a.attname::text order by a.attname)
                  from pg_catalog.pg_attribute a
                 where a.attrelid = i.indrelid and a.attnum = any (i.indkey)) = array['module_id', 'user_id'] as fits,
           i.indexrelid = to_regclass('public.idx_module_access_unique_user_module') as has_its_name
      from pg_catalog.pg_index i join own on i.indrelid = own.oid
     where i.indexrelid not in (select l.indexrelid from leftover l)
)
select '075_foreign_key_checked' as requirement, 1 as place,
       format('alter table public.module_access validate constraint %I', k.conname) as statement
  from pg_catalog.pg_constraint k join own on k.conrelid = own.oid
  join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and k.conkey = array[a.attnum] and a.attname = 'module_id'
 where k.contype = 'f' and not k.convalidated and k.confrelid = to_regclass('public.modules') and k.confdeltype = 'c'
   and not exists (select from public.module_access x
                    where x.module_id is not null
                      and not exists (select from public.modules m where m.id::text = x.module_id::text))
union all
select '087_half_built_indexes', 2, format('drop index concurrently %s', l.indexrelid::regclass)
  from leftover l
union all
select '090_unique_index', 3, format('drop index concurrently %s', u.name)
  from unique_pair u
 where u.has_its_name and not u.fits
   and not exists (select from unique_pair other where other.fits)
union all
select '090_unique_index', 4,
       format('create unique index concurrently %s on public.module_access (user_id, module_id) where is_active = true',
              case when not exists (select from taken t
                                     where t.name = 'idx_module_access_unique_user_module'
                                       and not exists (select from unique_pair u where u.has_its_name))
                   then 'idx_module_access_unique_user_module' end)
  from own
 where own.oid is not null and not exists (select from unique_pair u where u.fits)
union all
select '100_indexes', 4 + w.place::integer,
       format('create index concurrently %s on public.module_access (%I)',
              case when not exists (select from taken t where t.name = left('idx_module_access_' || w.name, 63))
                   then format('%I', 'idx_module_access_' || w.name) end,
              w.name)
  from own
 cross join lateral (
       select u.name, u.place
         from unnest(array['user_id', 'module_id', 'is_active', 'expires_at']) with ordinality as u (name, place)
        union
       select a.attname::text, 4 + a.attnum
         from pg_catalog.pg_constraint k
         join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
        where k.conrelid = own.oid and k.contype = 'f' and cardinality(k.conkey) = 1
          and a.attname not in ('user_id', 'module_id', 'is_active', 'expires_at')) w
 where own.oid is not null
   and not exists (
     select from pg_catalog.pg_index i
       join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
      where i.indrelid = own.oid and i.indpred is null and a.attname = w.name
        and i.indexrelid not in (select l.indexrelid from leftover l))
 order by 2, 3
