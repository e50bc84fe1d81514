-- iahome-fix: a trial. Act as a role of the Data API until the transaction ends, with all that PostgREST sets for a
-- request: search_path, the settings of its own role and of the one it becomes, the claims of a login, the request.
-- Before that every function that the statement reaches through policies, defaults, checks, triggers, views and
-- the functions that those call is asked for: may the role execute it? If not, IF021 tells which, and nothing acts:
-- on some images such a call does not end in an error, but with the server.
do $become$
declare
  trial constant jsonb := current_setting('iahome_fix.trial')::jsonb;
  missing text;
  wanted record;
begin
  begin
  with recursive reached (actor, kind, object, command, via, caller, certain) as (
      select a.oid, 'relation', c.oid, trial ->> 'command', null::jsonb, null::text, true
        from pg_catalog.pg_roles a
       cross join jsonb_array_elements_text(trial -> 'relations') as n (name)
        join pg_catalog.pg_class c on c.oid = to_regclass(format('public.%I', n.name))
       where a.rolname = trial ->> 'role'
      union
      select n.actor, n.kind, n.object, n.command, n.via, n.caller collate "default", n.certain
        from reached r
       cross join lateral (
          -- Trees that the server keeps name each function, relation and domain by its number.
          select e.actor, case x.m[1] when 'relid' then 'relation' when 'resulttype' then 'type' else 'function' end as kind,
                 x.m[2]::oid as object, 'select' as command, e.via, e.caller, e.certain
            from (
              select r.actor, concat(p.polqual::text, case when r.command in ('insert', 'update') then p.polwithcheck::text end),
                     jsonb_build_array('policy', p.polname, c.oid::regclass::text), null::text, r.certain
                from pg_catalog.pg_class c
                join pg_catalog.pg_policy p on p.polrelid = c.oid
                join pg_catalog.pg_roles a on a.oid = r.actor
               where r.kind = 'relation' and c.oid = r.object and c.relrowsecurity
                 and not a.rolbypassrls and not a.rolsuper
                 and (c.relforcerowsecurity or not pg_has_role(r.actor, c.relowner, 'usage'))
                 and (p.polroles = '{0}'::oid[]
                      or exists (select from unnest(p.polroles) as o (oid) where o.oid <> 0 and pg_has_role(r.actor, o.oid, 'usage')))
                 and (p.polcmd in ('r', '*')
                      or p.polcmd = case r.command when 'insert' then 'a' when 'update' then 'w' when 'delete' then 'd' end)
              union all
              select r.actor, d.adbin::text, jsonb_build_array('default', a.attname, d.adrelid::regclass::text), null, r.certain
                from pg_catalog.pg_attrdef d
                join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
               where r.kind = 'relation' and d.adrelid = r.object
                 and (r.command = 'insert' and not coalesce(trial -> 'columns' ? a.attname::text, false)
                      or a.attgenerated = 's' and r.command = 'update' or a.attgenerated = 'v')
              union all
              select r.actor, k.conbin::text, jsonb_build_array('check', k.conname, k.conrelid::regclass::text), null, r.certain
                from pg_catalog.pg_constraint k
               where r.kind = 'relation' and k.conrelid = r.object and k.contype = 'c' and r.command in ('insert', 'update')
              union all
              select r.actor, t.tgqual::text, jsonb_build_array('trigger', t.tgname, t.tgrelid::regclass::text), null, r.certain
                from pg_catalog.pg_trigger t
               where r.kind = 'relation' and t.tgrelid = r.object and not t.tgisinternal and t.tgenabled in ('O', 'A')
                 and (t.tgtype & case r.command when 'insert' then 4 when 'delete' then 8 when 'update' then 16 else 0 end) <> 0
              union all
              select r.actor, w.ev_action::text, coalesce(r.via, jsonb_build_array('view', c.relname, c.oid::regclass::text)),
                     null, r.certain
                from pg_catalog.pg_rewrite w join pg_catalog.pg_class c on c.oid = w.ev_class
               where r.kind = 'relation' and w.ev_class = r.object and w.ev_type = '1' and c.relkind = 'v'
              union all
              select case when f.prosecdef then f.proowner else r.actor end, concat(f.prosqlbody::text, f.proargdefaults::text),
                     r.via, format('%I.%I(%s)', (select n.nspname from pg_catalog.pg_namespace n where n.oid = f.pronamespace), f.proname, oidvectortypes(f.proargtypes)), r.certain
                from pg_catalog.pg_proc f
               where r.kind in ('function', 'body') and f.oid = r.object
              union all
              select r.actor, k.conbin::text, coalesce(r.via, jsonb_build_array('check', k.conname, k.contypid::regtype::text)),
                     r.caller, r.certain
                from pg_catalog.pg_constraint k
               where r.kind = 'type' and k.contypid = r.object
            ) e (actor, said, via, caller, certain)
           cross join lateral regexp_matches(e.said, ':(funcid|opfuncid|aggfnoid|winfnoid|relid|resulttype) ([1-9]\d*)', 'g')
                   as x (m)
          union all
          select r.actor, 'body', t.tgfoid, 'select', jsonb_build_array('trigger', t.tgname, t.tgrelid::regclass::text),
                 null, r.certain
            from pg_catalog.pg_trigger t
           where r.kind = 'relation' and t.tgrelid = r.object and not t.tgisinternal and t.tgenabled in ('O', 'A')
             and (t.tgtype & case r.command when 'insert' then 4 when 'delete' then 8 when 'update' then 16 else 0 end) <> 0
          union all
          select r.actor, 'type', t.oid, 'select', jsonb_build_array('check', a.attname, a.attrelid::regclass::text), null, r.certain
            from pg_catalog.pg_attribute a
            join pg_catalog.pg_type t on t.oid = a.atttypid and t.typtype = 'd'
           where r.kind = 'relation' and a.attrelid = r.object and a.attnum > 0 and r.command in ('insert', 'update')
          union all
          -- The parts of an aggregate are executed by right of its owner.
          select f.proowner, 'function', part.oid, 'select', r.via, format('%I.%I(%s)', (select n.nspname from pg_catalog.pg_namespace n where n.oid = f.pronamespace), f.proname, oidvectortypes(f.proargtypes)), r.certain
            from pg_catalog.pg_aggregate g
            join pg_catalog.pg_proc f on f.oid = g.aggfnoid
           cross join unnest(array[g.aggtransfn::oid, g.aggfinalfn::oid, g.aggmtransfn::oid, g.aggminvtransfn::oid, g.aggmfinalfn::oid]) as part (oid)
           where r.kind = 'function' and g.aggfnoid::oid = r.object and part.oid <> 0
          union all
          -- Bodies that are kept as text: what stands before a bracket. Behind a branch it may never be called.
          select b.actor, 'function', g.oid, 'select', r.via, b.function, r.certain and b.straight
            from (select case when f.prosecdef then f.proowner else r.actor end as actor, format('%I.%I(%s)', (select n.nspname from pg_catalog.pg_namespace n where n.oid = f.pronamespace), f.proname, oidvectortypes(f.proargtypes)) as function,
                         l.lanname = 'sql' or s.body !~* '\m(if|case|loop|while|for|foreach|exception)\M' as straight, s.body, p.path
                    from pg_catalog.pg_proc f
                    join pg_catalog.pg_language l on l.oid = f.prolang and l.lanname in ('sql', 'plpgsql')
                   cross join lateral (select regexp_replace(f.prosrc, '--[^\n]*|/\*([^*]|\*+[^*/])*\*+/|''([^'']|'''')*''', ' ', 'g') as body) s
                   cross join lateral (
                         select coalesce((select array_agg(btrim(part, ' "''')) from unnest(f.proconfig) as c (setting)
                                           cross join regexp_split_to_table(substr(c.setting, 13), ',') as part
                                           where c.setting like 'search\_path=%'), '{public,extensions}') as path) p
                   where r.kind in ('function', 'body') and f.oid = r.object and f.prosqlbody is null) b
           cross join lateral regexp_matches(b.body, '(?:([[:alpha:]_][[:alnum:]_$]*|"[^"]+")\s*\.\s*)?([[:alpha:]_][[:alnum:]_$]*|"[^"]+")\s*\(', 'g') as x (m)
            join pg_catalog.pg_namespace n
              on n.nspname = case when x.m[1] like '"%' then btrim(x.m[1], '"') else lower(x.m[1]) end
              or x.m[1] is null and n.nspname = any (b.path)
            join pg_catalog.pg_proc g
              on g.pronamespace = n.oid and g.proname = case when x.m[2] like '"%' then btrim(x.m[2], '"') else lower(x.m[2]) end
          union all
          select b.actor, 'relation', c.oid,
                 case lower(x.m[1]) when 'into' then 'insert' when 'update' then 'update' else 'select' end, r.via, b.function, false
            from (select case when f.prosecdef then f.proowner else r.actor end as actor, format('%I.%I(%s)', (select n.nspname from pg_catalog.pg_namespace n where n.oid = f.pronamespace), f.proname, oidvectortypes(f.proargtypes)) as function,
                         regexp_replace(f.prosrc, '--[^\n]*|/\*([^*]|\*+[^*/])*\*+/|''([^'']|'''')*''', ' ', 'g') as body
                    from pg_catalog.pg_proc f
                    join pg_catalog.pg_language l on l.oid = f.prolang and l.lanname in ('sql', 'plpgsql')
                   where r.kind in ('function', 'body') and f.oid = r.object and f.prosqlbody is null) b
           cross join lateral regexp_matches(b.body, '\m(from|join|into|update)\s+(?:only\s+)?(?:([[:alpha:]_][[:alnum:]_$]*|"[^"]+")\s*\.\s*)?([[:alpha:]_][[:alnum:]_$]*|"[^"]+")', 'gi') as x (m)
            join pg_catalog.pg_namespace n
              on n.nspname = coalesce(case when x.m[2] like '"%' then btrim(x.m[2], '"') else lower(x.m[2]) end, 'public')
            join pg_catalog.pg_class c
              on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v')
             and c.relname = case when x.m[3] like '"%' then btrim(x.m[3], '"') else lower(x.m[3]) end
       ) n
       where n.kind <> 'type' or exists (select from pg_catalog.pg_type t where t.oid = n.object and t.typtype = 'd')
  ), refused as (
      select distinct on (r.actor, r.object) a.rolname::text as role, n.nspname::text as schema,
             format('%I.%I(%s)', n.nspname, f.proname, oidvectortypes(f.proargtypes)) as function,
             has_schema_privilege(r.actor, n.oid, 'usage') as usage, r.via, r.caller,
             r.certain and not exists (select from pg_catalog.pg_proc o
                                        where r.caller is not null and o.pronamespace = f.pronamespace and o.proname = f.proname
                                          and has_function_privilege(r.actor, o.oid, 'execute')) as certain
        from reached r
        join pg_catalog.pg_proc f on f.oid = r.object
        join pg_catalog.pg_namespace n on n.oid = f.pronamespace
        join pg_catalog.pg_roles a on a.oid = r.actor
       where r.kind = 'function' and not has_function_privilege(r.actor, f.oid, 'execute')
       order by r.actor, r.object, r.certain desc
  )
  select jsonb_agg(to_jsonb(s) order by s.certain desc, s.function)::text into missing from refused s;
  exception when others then
    raise exception '%', sqlerrm using errcode = 'IF022';
  end;
  if missing is not null then
    raise exception '%', missing using errcode = 'IF021';
  end if;

  perform set_config('search_path', '"public", "extensions"', true);
  for wanted in
      select s.name, s.value
        from (select distinct on (split_part(c.setting, '=', 1), r.rolname)
                     r.rolname, split_part(c.setting, '=', 1) as name, substr(c.setting, strpos(c.setting, '=') + 1) as value
                from pg_catalog.pg_db_role_setting d
                join pg_catalog.pg_roles r on r.oid = d.setrole and r.rolname in ('authenticator', trial ->> 'role')
               cross join unnest(d.setconfig) as c (setting)
               where d.setdatabase in (0, (select o.oid from pg_catalog.pg_database o where o.datname = current_database()))
               order by split_part(c.setting, '=', 1), r.rolname, d.setdatabase desc) s
       where s.name !~ '(_timeout$|^default_transaction_|^transaction_|^session_|^pgrst\.|^role$|^log_|_preload_libraries$)'
         and (s.rolname <> 'authenticator' or s.name <> 'search_path')
         and (s.name like '%.%' or exists (select from pg_catalog.pg_settings g where g.name = s.name and g.context = 'user'))
       order by s.rolname <> 'authenticator'
  loop
    begin
      perform set_config(wanted.name, wanted.value, true);
    exception when others then
      null;  -- what this database user may not set, PostgREST may
    end;
  end loop;
  perform set_config(n.name, n.value, true) from jsonb_each_text(trial -> 'settings') as n (name, value);
  if exists (select from pg_catalog.pg_db_role_setting d
               join pg_catalog.pg_roles r on r.oid = d.setrole and r.rolname = 'authenticator'
              cross join unnest(d.setconfig) as c (setting)
              where c.setting ~* '^pgrst\.db_use_legacy_gucs=(true|on|1)$') then
    perform set_config('request.jwt.claim.' || n.name, n.value, true)
       from jsonb_each_text((trial -> 'settings' ->> 'request.jwt.claims')::jsonb) as n (name, value) where n.name ~ '^\w+$';
  end if;
  perform set_config('role', trial ->> 'role', true);
end
$become$
