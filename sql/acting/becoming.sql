-- (in session/become and session/wave) The block itself. `walked`: what came of looking, by the trial without its settings.
declare
  trial constant jsonb := current_setting('iahome_fix.trial')::jsonb;
  numbers constant text := ':(funcid|opfuncid|aggfnoid|winfnoid|relid|resulttype) ([1-9]\d*)';
  word constant text := '(?:([[:alpha:]_][[:alnum:]_$]*|"[^"]+")\s*\.\s*)?([[:alpha:]_][[:alnum:]_$]*|"[^"]+")';
  most constant integer := 3000;
  queue jsonb[];
  place integer := 1;
  item jsonb;
  actor oid;
  object oid;
  command text;
  via jsonb;
  events integer;
  part record;
  f record;
  missing text;
  lasting text;
  known constant text := trial - 'settings';
  mode constant text := current_setting('plan_cache_mode');
  settings jsonb;
  legacy boolean;
  wanted record;
begin
  -- What follows runs for each thing that is reached, and for each trial of a wave: one plan serves.
  perform set_config('plan_cache_mode', 'force_generic_plan', true);
  if not walked ? known then
  begin
  queue := array(
      select jsonb_build_object('actor', a.oid, 'kind', 'relation', 'object', c.oid, 'command', u.command, 'columns', u.columns,
                                'via', null, 'caller', null, 'certain', true)
        from pg_catalog.pg_roles a
       cross join jsonb_to_recordset(trial -> 'uses') as u (name text, command text, columns jsonb)
        join pg_catalog.pg_class c on c.oid = to_regclass(format('public.%I', u.name))
       where a.rolname = trial ->> 'role');
  while place <= cardinality(queue) and place <= most loop
    item := queue[place];
    place := place + 1;
    actor := (item ->> 'actor')::oid;
    object := (item ->> 'object')::oid;
    command := item ->> 'command';
    via := nullif(item -> 'via', 'null');

    if item ->> 'kind' = 'relation' then
      events := case command when 'insert' then 4 when 'delete' then 8 when 'update' then 16 else 0 end;
      for part in
          select actor as actor, concat(p.polqual::text, case when command in ('insert', 'update') then p.polwithcheck::text end) as said,
                 jsonb_build_array('policy', p.polname, c.oid::regclass::text) as via
            from pg_catalog.pg_class c
            join pg_catalog.pg_policy p on p.polrelid = c.oid
            join pg_catalog.pg_roles a on a.oid = actor
           where c.oid = object and c.relrowsecurity and not a.rolbypassrls and not a.rolsuper
             and (c.relforcerowsecurity or not pg_has_role(actor, c.relowner, 'usage'))
             and (p.polroles = '{0}'::oid[]
                  or exists (select from unnest(p.polroles) as o (oid) where o.oid <> 0 and pg_has_role(actor, o.oid, 'usage')))
             and (p.polcmd in ('r', '*')
                  or p.polcmd = case command when 'insert' then 'a' when 'update' then 'w' when 'delete' then 'd' end)
          union all
          select actor, d.adbin::text, jsonb_build_array('default', a.attname, d.adrelid::regclass::text)
            from pg_catalog.pg_attrdef d
            join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
           where d.adrelid = object
             and (command = 'insert' and not coalesce(item -> 'columns' ? a.attname::text, false)
                  or a.attgenerated = 's' and command = 'update' or a.attgenerated = 'v')
          union all
          select actor, k.conbin::text, jsonb_build_array('check', k.conname, k.conrelid::regclass::text)
            from pg_catalog.pg_constraint k
           where k.conrelid = object and k.contype = 'c' and command in ('insert', 'update')
          union all
          -- In the same form: the domains of columns, and the functions that triggers fire.
          select actor, ':resulttype ' || a.atttypid || ' ', jsonb_build_array('check', a.attname, a.attrelid::regclass::text)
            from pg_catalog.pg_attribute a
            join pg_catalog.pg_type t on t.oid = a.atttypid and t.typtype = 'd'
           where a.attrelid = object and a.attnum > 0 and command in ('insert', 'update')
          union all
          select actor, concat(t.tgqual::text, ' :fired ', t.tgfoid, ' '), jsonb_build_array('trigger', t.tgname, t.tgrelid::regclass::text)
            from pg_catalog.pg_trigger t
           where t.tgrelid = object and not t.tgisinternal and t.tgenabled in ('O', 'A') and (t.tgtype & events) <> 0
          union all
          select actor, w.ev_action::text, coalesce(via, jsonb_build_array('view', c.relname, c.oid::regclass::text))
            from pg_catalog.pg_rewrite w join pg_catalog.pg_class c on c.oid = w.ev_class
           where w.ev_class = object and w.ev_type = '1' and c.relkind = 'v'
          union all
          select actor, concat(w.ev_qual::text, w.ev_action::text), jsonb_build_array('rule', w.rulename, w.ev_class::regclass::text)
            from pg_catalog.pg_rewrite w
           where w.ev_class = object and w.ev_enabled in ('O', 'A')
             and w.ev_type = case command when 'update' then '2' when 'insert' then '3' when 'delete' then '4' end
          union all
          select actor, concat(i.indexprs::text, i.indpred::text), jsonb_build_array('index', c.relname, i.indrelid::regclass::text)
            from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
           where i.indrelid = object and command in ('insert', 'update') and (i.indexprs is not null or i.indpred is not null)
      loop
        queue := queue || array(
            select distinct n.found
              from regexp_matches(part.said, replace(numbers, 'funcid|', 'funcid|fired|'), 'g') as x (m)
             cross join lateral jsonb_build_object(
                   'actor', part.actor, 'object', x.m[2]::oid, 'via', part.via, 'caller', null,
                   -- What a rule does with the tables that it names is not told apart.
                   'command', case part.via ->> 0 when 'rule' then 'insert' else 'select' end,
                   'certain', part.via ->> 0 <> 'rule' and (item ->> 'certain')::boolean,
                   'kind', case x.m[1] when 'relid' then 'relation' when 'resulttype' then 'type' when 'fired' then 'body' else 'function' end)
                   as n (found)
             where n.found <> all (queue));
      end loop;

    elsif item ->> 'kind' = 'type' then
      queue := queue || array(
          select distinct n.found
            from pg_catalog.pg_constraint k
           cross join lateral regexp_matches(k.conbin::text, numbers, 'g') as x (m)
           cross join lateral jsonb_build_object(
                 'actor', actor, 'object', x.m[2]::oid, 'command', 'select', 'caller', item -> 'caller', 'certain', item -> 'certain',
                 'via', coalesce(via, jsonb_build_array('check', k.conname, k.contypid::regtype::text)),
                 'kind', case x.m[1] when 'relid' then 'relation' when 'resulttype' then 'type' else 'function' end) as n (found)
           where k.contypid = object and n.found <> all (queue));

    else
      select case when p.prosecdef then p.proowner else actor end as actor, l.lanname in ('sql', 'plpgsql') and p.prosqlbody is null as has_text,
             concat(p.prosqlbody::text, p.proargdefaults::text) as said, p.prokind = 'a' as is_aggregate, p.proowner as owner,
             format('%I.%I(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes)) as name, l.lanname = 'sql' as straight,
             -- Text that is run as it stands may call a function, too: then the strings count.
             regexp_replace(p.prosrc, '--[^\n]*|/\*([^*]|\*+[^*/])*\*+/'
                                      || case when p.prosrc ~* '\mexecute\M' then '' else '|''([^'']|'''')*''' end, ' ', 'g') as body,
             coalesce((select array_agg(btrim(part, ' "'''))
                         from unnest(p.proconfig) as c (setting) cross join regexp_split_to_table(substr(c.setting, 13), ',') as part
                        where c.setting like 'search\_path=%'), '{public,extensions}') as path
        into f
        from pg_catalog.pg_proc p
        join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        join pg_catalog.pg_language l on l.oid = p.prolang
       where p.oid = object;
      continue when not found;
      queue := queue || array(
          select distinct n.found
            from regexp_matches(f.said, numbers, 'g') as x (m)
           cross join lateral jsonb_build_object(
                 'actor', f.actor, 'object', x.m[2]::oid, 'command', 'select', 'via', via, 'caller', f.name, 'certain', item -> 'certain',
                 'kind', case x.m[1] when 'relid' then 'relation' when 'resulttype' then 'type' else 'function' end) as n (found)
           where n.found <> all (queue));
      if f.is_aggregate then
        -- Its parts are executed by right of its owner.
        queue := queue || array(
            select jsonb_build_object('actor', f.owner, 'kind', 'function', 'object', p.oid, 'command', 'select', 'via', via,
                                      'caller', f.name, 'certain', item -> 'certain')
              from pg_catalog.pg_aggregate g
             cross join unnest(array[g.aggtransfn::oid, g.aggfinalfn::oid, g.aggmtransfn::oid, g.aggminvtransfn::oid, g.aggmfinalfn::oid])
                     as p (oid)
             where g.aggfnoid::oid = object and p.oid <> 0);
      elsif f.has_text then
        -- A body that is kept as text: what stands before a bracket. Behind a branch it may never be called.
        for part in
            select distinct case when x.m[1] like '"%' then btrim(x.m[1], '"') else lower(x.m[1]) end as schema,
                   case when x.m[2] like '"%' then btrim(x.m[2], '"') else lower(x.m[2]) end as name
              from regexp_matches(f.body, word || '\s*\(', 'g') as x (m)
        loop
          queue := queue || array(
              select n.found
                from pg_catalog.pg_proc g
                join pg_catalog.pg_namespace s on s.oid = g.pronamespace
               cross join lateral jsonb_build_object(
                     'actor', f.actor, 'kind', 'function', 'object', g.oid, 'command', 'select', 'via', via, 'caller', f.name, 'certain',
                     (item ->> 'certain')::boolean and (f.straight or f.body !~* '\m(if|case|loop|while|for|foreach|exception|execute)\M')) as n (found)
               where g.proname = part.name
                 and (s.nspname = part.schema or part.schema is null and s.nspname = any (f.path)) and n.found <> all (queue));
        end loop;
        for part in
            select distinct case lower(x.m[1]) when 'into' then 'insert' when 'update' then 'update' else 'select' end as command,
                   coalesce(case when x.m[2] like '"%' then btrim(x.m[2], '"') else lower(x.m[2]) end, 'public') as schema,
                   case when x.m[3] like '"%' then btrim(x.m[3], '"') else lower(x.m[3]) end as name
              from regexp_matches(f.body, '\m(from|join|into|update)\s+(?:only\s+)?' || word, 'gi') as x (m)
        loop
          queue := queue || array(
              select n.found
                from pg_catalog.pg_class c
                join pg_catalog.pg_namespace s on s.oid = c.relnamespace
               cross join lateral jsonb_build_object('actor', f.actor, 'kind', 'relation', 'object', c.oid, 'command', part.command,
                                                     'via', via, 'caller', f.name, 'certain', false) as n (found)
               where c.relname = part.name and s.nspname = part.schema and c.relkind in ('r', 'p', 'v', 'f') and n.found <> all (queue));
        end loop;
      end if;
    end if;
  end loop;
  if place <= cardinality(queue) then
    raise exception 'more than % things are reached', most;
  end if;
  select jsonb_agg(to_jsonb(s) order by s.certain desc, s.function)::text into missing
    from (select distinct on (r.actor, r.object) a.rolname::text as role, n.nspname::text as schema,
                 format('%I.%I(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes)) as function,
                 has_schema_privilege(r.actor, n.oid, 'usage') as usage, nullif(r.via, 'null') as via, r.caller,
                 r.certain and not exists (select from pg_catalog.pg_proc o
                                            where r.caller is not null and o.pronamespace = p.pronamespace and o.proname = p.proname
                                              and has_function_privilege(r.actor, o.oid, 'execute')) as certain
            from (select (q ->> 'actor')::oid as actor, (q ->> 'object')::oid as object, q -> 'via' as via, q ->> 'caller' as caller,
                         (q ->> 'certain')::boolean as certain
                    from unnest(queue) as q where q ->> 'kind' = 'function') r
            join pg_catalog.pg_proc p on p.oid = r.object
            join pg_catalog.pg_namespace n on n.oid = p.pronamespace
            join pg_catalog.pg_roles a on a.oid = r.actor
           where not has_function_privilege(r.actor, r.object, 'execute')
           order by r.actor, r.object, r.certain desc) s;
  if trial ? 'through' then
    /* include rehearsal/lasting */
  end if;
  exception when others then
    raise exception '%', sqlerrm using errcode = 'IF022';
  end;
  walked := walked || jsonb_build_object(known, jsonb_build_object('missing', missing, 'lasting', lasting));
  end if;
  missing := walked -> known ->> 'missing';
  lasting := walked -> known ->> 'lasting';
  if missing is not null then
    raise exception '%', missing using errcode = 'IF021';
  elsif lasting is not null then
    raise exception '%', lasting using errcode = 'IF024';
  end if;

  select jsonb_agg(jsonb_build_object('name', s.name, 'value', s.value) order by s.rolname <> '', s.rolname <> 'authenticator') into settings
    from (select distinct on (split_part(c.setting, '=', 1), r.rolname)
                 coalesce(r.rolname, '') as rolname, split_part(c.setting, '=', 1) as name, substr(c.setting, strpos(c.setting, '=') + 1) as value
            from pg_catalog.pg_db_role_setting d
            -- Without a role: what the database has for everybody, a time zone say, in place of this session's.
            left join pg_catalog.pg_roles r on r.oid = d.setrole
           cross join unnest(d.setconfig) as c (setting)
           where (d.setrole = 0 or r.rolname in ('authenticator', trial ->> 'role'))
             and d.setdatabase in (0, (select o.oid from pg_catalog.pg_database o where o.datname = current_database()))
           order by split_part(c.setting, '=', 1), r.rolname, d.setdatabase desc) s
   where s.name !~ '(_timeout$|^default_transaction_|^transaction_|^session_|^pgrst\.|^role$|^log_|_preload_libraries$|^client_encoding$)'
     and (s.rolname not in ('', 'authenticator') or s.name <> 'search_path')
     and (s.name like '%.%' or exists (select from pg_catalog.pg_settings g where g.name = s.name and g.context = 'user'));
  legacy := exists (select from pg_catalog.pg_db_role_setting d
                      join pg_catalog.pg_roles r on r.oid = d.setrole and r.rolname = 'authenticator'
                     cross join unnest(d.setconfig) as c (setting)
                     where c.setting ~* '^pgrst\.db_use_legacy_gucs=(true|on|1)$');
  perform set_config('plan_cache_mode', mode, true);
  perform set_config('search_path', '"public", "extensions"', true);
  for wanted in select n.name, n.value from jsonb_to_recordset(coalesce(settings, '[]')) as n (name text, value text) loop
    begin
      perform set_config(wanted.name, wanted.value, true);
    exception when others then
      null;  -- what this database user may not set, PostgREST may
    end;
  end loop;
  perform set_config(n.name, n.value, true) from jsonb_each_text(trial -> 'settings') as n (name, value);
  if legacy then
    perform set_config('request.jwt.claim.' || n.name, n.value, true)
       from jsonb_each_text((trial -> 'settings' ->> 'request.jwt.claims')::jsonb) as n (name, value) where n.name ~ '^\w+$';
  end if;
  perform set_config('role', trial ->> 'role', true);
end;
