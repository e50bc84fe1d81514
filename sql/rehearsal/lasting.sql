-- (in session/become) What of the reached would not be taken back with the transaction: it acts on another system or
-- another session, or on what no transaction covers (setval). pg_net and what is built on it only queue a row.
-- A function in C is taken for harmless where it is immutable, or of an extension that is known to act in its own
-- tables only; of the others the language, the extension and the source tell. `trial.through`: what was asked for.
    select jsonb_agg(to_jsonb(k) order by k.name)::text into lasting
      from (select distinct on (t.name) t.name, t.what, t.via, t.caller
              from (select format('%I.%I(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes)) as name,
                           format('%I.%I', n.nspname, p.proname) as short,
                           case when l.lanname not in ('c', 'internal') and not l.lanpltrusted then l.lanname::text
                                when l.lanname = 'c' and p.provolatile <> 'i'
                                 and coalesce(e.extname, '') not in (
                                     'pg_net', 'pg_cron', 'pgcrypto', 'uuid-ossp', 'moddatetime', 'autoinc', 'insert_username', 'refint', 'tcn',
                                     'citext', 'hstore', 'ltree', 'pg_trgm', 'unaccent', 'intarray', 'btree_gist', 'btree_gin', 'cube',
                                     'fuzzystrmatch', 'isn', 'seg', 'pg_jsonschema', 'pg_hashids', 'pgsodium', 'supabase_vault', 'vector',
                                     'postgis', 'pg_graphql', 'pgaudit', 'rum', 'pgroonga', 'pg_uuidv7', 'temporal_tables', 'lo')
                                then coalesce(e.extname::text, 'c')
                                when n.nspname = 'pg_catalog' then (regexp_match(p.proname, g.builtin))[1]
                                when l.lanname not in ('c', 'internal') then coalesce(
                                     (regexp_match(b.source, '\m' || g.builtin || '\s*\(', 'i'))[1],
                                     (regexp_match(b.source, '\m(copy)\M.*\mprogram\M', 'i'))[1],
                                     -- Text that is run as it stands: the names of such functions, and of foreign tables, in it.
                                     (select x.proname::text
                                        from pg_catalog.pg_proc x
                                        join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = x.oid and d.deptype = 'e'
                                        join pg_catalog.pg_extension y on y.oid = d.refobjid and y.extname in ('http', 'dblink', 'pg_background', 'plproxy')
                                       where b.source ~* '\mexecute\M' and strpos(lower(b.source), x.proname) > 0
                                         and b.source !~* ('\mnet\s*\.\s*' || x.proname) limit 1),
                                     (select x.relname::text from pg_catalog.pg_class x
                                       where x.relkind = 'f' and b.source ~* '\mexecute\M' and strpos(lower(b.source), x.relname) > 0 limit 1))
                           end as what, r.via, r.caller
                      from (select distinct (q ->> 'object')::oid as object, nullif(q -> 'via', 'null') as via, q ->> 'caller' as caller
                              from unnest(queue) as q where q ->> 'kind' in ('function', 'body')) r
                      join pg_catalog.pg_proc p on p.oid = r.object
                      join pg_catalog.pg_namespace n on n.oid = p.pronamespace
                      join pg_catalog.pg_language l on l.oid = p.prolang
                      left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
                      left join pg_catalog.pg_extension e on d.refclassid = 'pg_catalog.pg_extension'::regclass and e.oid = d.refobjid
                     cross join (values ('(setval|pg_(?:try_)?advisory_(?:lock|unlock)\w*|lo_import|lo_export|pg_read_\w*file|pg_terminate_backend'
                                         || '|pg_cancel_backend|pg_reload_conf|pg_rotate_logfile|pg_switch_wal|pg_logical_emit_message'
                                         || '|pg_create_\w+|pg_drop_replication_slot|pg_stat_reset\w*|pg_stat_statements_reset)')) as g (builtin)
                     cross join lateral (select regexp_replace(p.prosrc, '(''(?:[^'']|'''')*'')|--[^\n]*|/\*(?:[^*]|\*+[^*/])*\*+/', '\1', 'g')) as b (source)
                    union all
                    select c.oid::regclass::text, c.oid::regclass::text, 'foreign table', r.via, r.caller
                      from (select distinct (q ->> 'object')::oid as object, nullif(q -> 'via', 'null') as via, q ->> 'caller' as caller
                              from unnest(queue) as q where q ->> 'kind' = 'relation') r
                      join pg_catalog.pg_class c on c.relkind = 'f'
                       and (c.oid = r.object or exists (select from pg_catalog.pg_inherits i where i.inhrelid = c.oid and i.inhparent = r.object))) t
             where t.what is not null and not trial -> 'through' ?| array[t.name, t.short, t.what]
             order by t.name, t.via) k;
