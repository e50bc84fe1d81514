-- After a run's changes of the schema went back, its lines go, too. Parameter handed over in iahome_fix.schema (see
-- undo/schema_agreed): "run".
do $gone$
declare
  run constant text := current_setting('iahome_fix.schema')::jsonb ->> 'run';
begin
  execute coalesce((select format('comment on type public.module_access is %L',
                                  (select string_agg(h.line, E'\n') from (/* include marks/held */) h
                                    where not starts_with(h.line, format('iahome-fix %s ', run))))
                      from pg_catalog.pg_class c
                     where c.oid = to_regclass('public.module_access')
                       and obj_description(c.reltype, 'pg_type') like '%iahome-fix ' || run || ' %'), 'select');
end
$gone$
