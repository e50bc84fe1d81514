-- iahome-fix: a trial. One sale as the webhook's handler makes it, with the Data API's statements (session/become came
-- before): the customer by the address, the module, the look for an active row, the row itself and reading it back (with how many
-- accesses the customer `had` before it, and `has` now), the note in payments; of a renewal, or of the new row, extending and deactivating it. Deferred constraints are met after
-- each. It always ends in an error, IF023, whose message is what came of each step: nothing of it can be kept.
do $rehearsal$
declare
  sale constant jsonb := current_setting('iahome_fix.sale')::jsonb;
  mark constant text := ' /* iahome-fix: a trial */';
  began constant timestamptz := clock_timestamp();
  told jsonb := '[]';
  held text;
  made text;
  freed boolean := false;
  written boolean := false;
  had integer;
  step text;
  given text;
  statement text;
  answer jsonb;
  count integer;
  state text; said text; detail text; hint text; context text; schema text; relation text; field text; named text;
begin
  foreach step in array array['customer', 'module', 'look', 'extend', 'deactivate', 'insert', 'kept', 'extend', 'deactivate', 'payment'] loop
    -- The first two changes are those of a row that was there, the others those of the new one; while a row that was
    -- there stays active, no other can be written.
    continue when case
      when step in ('extend', 'deactivate') then case when written then held is not null or made is null else held is null end
      when step = 'insert' then held is not null and not freed
      when step = 'kept' then made is null
      when step = 'payment' then sale -> 'payment' = 'null' end;
    written := written or step = 'insert';
    given := null;
    if step in ('insert', 'payment') then
      select string_agg(format('%I', a.attname), ', '), string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ')
        into field, given
        from pg_catalog.pg_attribute a
       where a.attrelid = case step when 'insert' then '/* profile table */' else 'public.payments' end::regclass
         and sale -> step ? a.attname::text and a.attnum > 0 and not a.attisdropped;
    end if;
    statement := case step
      when 'customer' then format('select to_jsonb(a) from (select id::text from public.profiles where email = %L) a', sale ->> 'email')
      when 'module' then format('select to_jsonb(a) from (select id::text from public.modules where id = %L) a', sale ->> 'module')
      when 'look' then format('select to_jsonb(a) from (select id::text from /* profile table */ where /* profile owner */ = %L and /* profile module */ = %L and /* profile active */ = true limit 1) a',
                              sale ->> 'owner', sale ->> 'module')
      when 'extend' then format('update /* profile table */ set expires_at = greatest(expires_at, %1$L) + interval ''25 hours'' where id = %2$L'
                                || ' returning jsonb_build_object(''done'', expires_at > %1$L)', sale #>> '{insert,expires_at}', coalesce(made, held))
      when 'deactivate' then format('update /* profile table */ set /* profile active */ = false where id = %L returning jsonb_build_object(''done'', not /* profile active */)', coalesce(made, held))
      when 'kept' then format('select jsonb_build_object(''has'', (select count(*) from /* profile table */ where /* profile owner */ = %L and /* profile active */), ''id'', id, ''user_id'', /* profile owner */, ''module_id'', /* profile module */, ''is_active'', /* profile active */,'
                              || ' ''over'', /* profile ends */ <= now() at time zone ''utc'') from /* profile table */ where id = %L', sale ->> 'owner', made)
      when 'insert' then format('with pgrst_source as (insert into /* profile table */ (%1$s) select %1$s from json_to_record(%2$L) as pgrst_body (%3$s) returning *)'
                                || ' select to_jsonb(a) from pgrst_source a', field, sale -> step, given)
      else format('with pgrst_source as (insert into public.payments (%1$s) select %1$s from json_to_record(%2$L) as pgrst_body (%3$s) returning *)'
                  || ' select to_jsonb(a) from pgrst_source a', field, sale -> step, given) end;
    begin
      if step = 'insert' then
        execute format('select count(*) from /* profile table */ where /* profile owner */ = %L and /* profile active */', sale ->> 'owner') || mark into had;
      end if;
      execute statement || mark into answer;
      get diagnostics count = row_count;
      set constraints all immediate;
      told := told || jsonb_build_object('step', step, 'rows', count, 'row', case when step in ('kept', 'extend', 'deactivate') then answer || case when step = 'kept' then jsonb_build_object('had', had) else '{}' end end);
      held := case step when 'look' then answer ->> 'id' else held end;
      made := case step when 'insert' then answer ->> 'id' when 'kept' then answer ->> 'id' else made end;
      freed := freed or step = 'deactivate' and count > 0;
    exception when others then
      get stacked diagnostics state = returned_sqlstate, said = message_text, detail = pg_exception_detail, hint = pg_exception_hint,
        context = pg_exception_context, schema = schema_name, relation = table_name, field = column_name, named = constraint_name;
      told := told || jsonb_build_object('step', step, 'rows', null, 'sqlstate', state, 'message', left(said, 500), 'detail', left(detail, 300),
                                         'hint', left(hint, 300), 'context', left(context, 1500), 'schema', schema, 'table', relation,
                                         'column', field, 'constraint', named);
    end;
  end loop;
  raise exception '%', jsonb_build_object('steps', told, 'seconds', extract(epoch from clock_timestamp() - began)) using errcode = 'IF023';
end
$rehearsal$
