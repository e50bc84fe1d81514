-- (within a block) Leave what a run made of the schema in the database, behind what anybody wrote there: one line for each
-- change. The run is in iahome_fix.run_id. Mark: made (jsonb: a list of item, what it was, what it is).
if current_setting('iahome_fix.run_id') <> '' and /* made */ <> '[]' then
  execute (select format('comment on type public.module_access is %L',
                         concat_ws(E'\n', obj_description(c.reltype, 'pg_type'),
                                   (select string_agg(/* include marks/line run=current_setting('iahome_fix.run_id') item=(m->>0) was=(m->>1) now=(m->>2) */, E'\n')
                                      from jsonb_array_elements(/* made */) m)))
             from pg_catalog.pg_class c where c.oid = to_regclass('public.module_access'));
end if;
