-- Apply the agreed plan: survey, steps, survey again, in one statement, so that no client stands in between.
-- The plan: {"steps": [{"id", "sql"}], "table": survey, "no_table": survey, "refusals": id, "reload": id,
-- "schema": query, "earlier": what the run made before, by item what it was}. What came of it is left in iahome_fix.outcome as {"done": [id], "stop": null or {"why", "id",
-- "item", "detail"}, "before": rows of the query, "after": the same}, only what differs in them, since the answer has to be short;
-- with a "stop" nothing was changed.
do $apply$
declare
  plan constant jsonb := current_setting('iahome_fix.plan')::jsonb;
  planned constant text[] := array(select s ->> 'id' from jsonb_array_elements(plan -> 'steps') as s);
  reload constant text := plan ->> 'reload';
  needed text[] := '{}';
  done text[] := '{}';
  stop jsonb;
  before jsonb := '[]';
  after jsonb := '[]';
  now_there jsonb;
  made jsonb;
  gap record;
  step record;
begin
  for gap in execute plan ->> case when exists (
      select from pg_catalog.pg_class c
       where c.oid = to_regclass('public.module_access') and c.relkind = 'r') then 'table' else 'no_table' end loop
    if gap.requirement = plan ->> 'refusals' then
      stop := jsonb_build_object('why', 'refused', 'id', gap.requirement, 'item', gap.item, 'detail', gap.detail);
      exit;
    elsif gap.requirement = any (planned) then
      needed := needed || gap.requirement::text;
    elsif stop is null then
      stop := jsonb_build_object('why', 'changed', 'id', gap.requirement, 'item', gap.item, 'detail', gap.detail);
    end if;
  end loop;

  if stop is null then
    begin
      if needed <> '{}' then
        execute format('select coalesce(jsonb_agg(to_jsonb(s)), ''[]'') from (%s) s', plan ->> 'schema') into before;
      end if;
      for step in select s ->> 'id' as id, s ->> 'sql' as statements
                    from jsonb_array_elements(plan -> 'steps') with ordinality as p (s, place) order by place loop
        if step.id = any (needed) or step.id = reload and (needed <> '{}' or planned = array[reload]) then
          execute step.statements;
          done := done || step.id;
        end if;
      end loop;
      if needed <> '{}' then
        for gap in execute plan ->> 'table' loop
          stop := jsonb_build_object('why', 'not-reached', 'id', gap.requirement,
                                     'item', gap.item, 'detail', gap.detail);
          raise exception 'not reached' using errcode = 'IF003';
        end loop;
        execute format('select coalesce(jsonb_agg(to_jsonb(s)), ''[]'') from (%s) s', plan ->> 'schema') into now_there;
        select coalesce(jsonb_agg(n), '[]') into after from jsonb_array_elements(now_there) n
         where not exists (select from jsonb_array_elements(before) b
                            where b ->> 'item' = n ->> 'item' and b ->> 'state' is not distinct from n ->> 'state');
        select coalesce(jsonb_agg(b), '[]') into before from jsonb_array_elements(before) b
         where not exists (select from jsonb_array_elements(now_there) n
                            where b ->> 'item' = n ->> 'item' and b ->> 'state' is not distinct from n ->> 'state');
        select coalesce(jsonb_agg(jsonb_build_array(
                   coalesce(b.item, a.item),
                   case when plan -> 'earlier' ? coalesce(b.item, a.item) then plan -> 'earlier' ->> coalesce(b.item, a.item)
                        else b.state end, a.state)), '[]')
          into made
          from (select s ->> 'item' as item, nullif(s ->> 'state', 'half-built') as state from jsonb_array_elements(before) s) b
          full join (select s ->> 'item' as item, nullif(s ->> 'state', 'half-built') as state
                       from jsonb_array_elements(after) s) a on a.item = b.item;
        /* include marks/leave made=made */
      end if;
    exception when sqlstate 'IF003' then
      done := '{}';
    end;
  end if;

  perform set_config('iahome_fix.outcome', jsonb_build_object('done', to_jsonb(done), 'stop', stop,
                                                                    'before', before, 'after', after)::text, true);
end
$apply$
