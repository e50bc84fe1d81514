-- Runs each of the questions in iahome_fix.asked (a JSON array of objects: "before", statements that prepare it, and
-- "query") by itself and puts what came into iahome_fix.answers: for each its rows, or what the server said. What one of
-- them does wrong or sets spoils no other: it is rolled back. A question that ran into the limit of time says so; none
-- that comes after it is begun, since no second limit would end it. Where some are trials (they have a "trial"), what
-- acts as a role stands at its mark below: the server reads and plans it once for all of them.
do $wave$
#variable_conflict use_column
declare
  asked json;
  statement text;
  answers text[] := '{}';
  came json;
  walked jsonb := '{}';
  late boolean := false;
  state text; said text; at_schema text; at_table text; at_column text; at_constraint text; more text; advice text; way text;
begin
  for asked in select q from json_array_elements(current_setting('iahome_fix.asked')::json) as a (q) loop
    if late then
      answers := answers || json_build_object('late', true)::text;
      continue;
    end if;
    begin
      for statement in select s from json_array_elements_text(asked -> 'before') as b (s) loop
        execute statement;
      end loop;
      /* a trial */
      if asked ->> 'query' ~* '^explain ' then
        execute asked ->> 'query';
        came := '[]';
      else
        execute format(E'select coalesce(json_agg(to_json(w.*)), ''[]''::json) from (\n%s\n) as w', asked ->> 'query') into came;
      end if;
      raise exception using errcode = 'IF030';
    exception
      when sqlstate 'IF030' then
        answers := answers || json_build_object('rows', came)::text;
      when query_canceled or others then
        get stacked diagnostics state = returned_sqlstate, said = message_text, at_schema = schema_name, at_table = table_name,
                                at_column = column_name, at_constraint = constraint_name, more = pg_exception_detail,
                                advice = pg_exception_hint, way = pg_exception_context;
        late := state = '57014';
        answers := answers || json_build_object('error', json_build_object(
            'sqlstate', state, 'message', said, 'schema', at_schema, 'table', at_table, 'column', at_column,
            'constraint', at_constraint, 'detail', more, 'hint', advice, 'context', way))::text;
    end;
  end loop;
  perform set_config('iahome_fix.answers', '[' || array_to_string(answers, ',') || ']', true);
end
$wave$
