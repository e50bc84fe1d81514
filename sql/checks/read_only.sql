-- Whether the server takes no writes unless they are asked for: as a standby, or by a setting for everybody.
select quote_ident(current_database()) as name,
       pg_catalog.pg_is_in_recovery() as standby,
       exists (select from pg_catalog.pg_db_role_setting s cross join unnest(s.setconfig) as c
                where s.setrole = 0
                  and s.setdatabase in (0, (select d.oid from pg_catalog.pg_database d
                                             where d.datname = current_database()))
                  and c ~* '^default_transaction_read_only=\s*(on|true|yes|1)\s*$')
       or exists (select from pg_catalog.pg_settings g
                   where g.name = 'default_transaction_read_only' and g.reset_val = 'on'
                     and g.source in ('configuration file', 'command line', 'environment variable', 'global')) as by_default
