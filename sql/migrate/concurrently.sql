-- What is left of the requirements 075, 087, 090 and 100, as statements that do not stop sales and that cannot stand
-- in a transaction, in their order. An index that is being built at this moment is left to who builds it.
-- Where something else holds the usual name of an index, a number comes behind it. Only this tool's own leftovers go.
with own as (
    select to_regclass('public.module_access') as oid
), dead as (
    select i.indexrelid, /* include schema/own_index */ as own_name
      from pg_catalog.pg_index i join own on i.indrelid = own.oid
      join pg_catalog.pg_class c on c.oid = i.indexrelid
     where /* include schema/dead_index */
), leftover as (
    select d.indexrelid from dead d where d.own_name
), taken as (
    select c.relname::text as name
      from pg_catalog.pg_class c
     where c.relnamespace = to_regnamespace('public') and c.oid not in (select l.indexrelid from leftover l)
), unique_pair as (
    select i.indexrelid, i.indexrelid::regclass::text as name,
           /* include schema/keeps_one_active */ as fits
      from pg_catalog.pg_index i join own on i.indrelid = own.oid
     where i.indexrelid not in (select d.indexrelid from dead d)
)
select '075_foreign_key_checked' as requirement, 1 as place,
       'alter table public.module_access validate constraint module_access_module_id_fkey' as statement
 where /* include schema/module_key_is_unchecked */
   and /* include schema/modules_are_there */
union all
select '087_half_built_indexes', 2, format('drop index concurrently public.%I',
                                                (select c.relname from pg_catalog.pg_class c where c.oid = l.indexrelid))
  from leftover l
union all
select '090_unique_index', 4,
       format('create unique index concurrently %s on public.module_access (user_id, module_id) where is_active = true',
              (select free.name
                 from unnest(array['', '_2', '_3', '_4', '_5', '_6', '_7', '_8', '_9']) as number (text)
                cross join lateral (select 'idx_module_access_unique_user_module' || number.text as name) free
                where not exists (select from taken t where t.name = free.name) limit 1))
  from own
 where own.oid is not null and not exists (select from unique_pair u where u.fits)
union all
select '100_indexes', 4 + w.place::integer,
       format('create index concurrently %s on public.module_access (%I)',
              (select format('%I', free.name)
                 from unnest(array['', '_2', '_3', '_4', '_5', '_6', '_7', '_8', '_9']) as number (text)
                cross join lateral (select left('idx_module_access_' || w.name, 61) || number.text as name) free
                where not exists (select from taken t where t.name = free.name) limit 1),
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
        and i.indexrelid not in (select d.indexrelid from dead d))
 order by 2, 3
