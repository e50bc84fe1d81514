-- title: A customer may get a module again after an access has ended
-- why: A key or a unique index on all rows of a customer and module takes the ended access for one, and refuses the renewal.
-- check: schema.one-active-access
-- only: a person
-- detect
select i.indexrelid::regclass::text as item, 'counts inactive rows too, so a renewal is refused' as detail,
       case when k.conname is null then format('drop index %s', i.indexrelid::regclass)
            else format('alter table public.module_access drop constraint %I', k.conname) end as statement
  from pg_catalog.pg_index i
  left join pg_catalog.pg_constraint k on k.conindid = i.indexrelid and k.conrelid = i.indrelid
 where i.indrelid = to_regclass('public.module_access') and i.indisunique
   and i.indpred is null and i.indexprs is null
   and not exists (select from unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) as part (place)
                     left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = part.place
                    where a.attname is null or a.attname not in ('user_id', 'module_id'))
   -- One that is on the customer or the module alone is told of by schema.grant-accepted.
   and i.indnkeyatts = 2
 order by 1;
