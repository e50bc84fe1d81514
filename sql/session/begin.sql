-- The settings that statements depend on, whatever the database, its role or a pooler has for defaults, and limits
-- (milliseconds) that the server keeps when the client no longer can. search_path is what the Data API sets: the app's
-- triggers are written for it. A client that is gone is noticed while a statement runs, too, where the server can look.
-- Parameters: until_end (boolean: for this transaction, else for the session), statement_timeout, lock_timeout,
-- idle_timeout, transaction_timeout (0: none), gone_after (integer).
select set_config('search_path', 'public, extensions', p.until_end),
       set_config('client_encoding', 'UTF8', p.until_end),
       set_config('standard_conforming_strings', 'on', p.until_end),
       set_config('datestyle', 'ISO, MDY', p.until_end),
       set_config('intervalstyle', 'postgres', p.until_end),
       set_config('timezone', 'UTC', p.until_end),
       set_config('extra_float_digits', '1', p.until_end),
       set_config('bytea_output', 'hex', p.until_end),
       set_config('row_security', 'on', p.until_end),
       set_config('quote_all_identifiers', 'off', p.until_end),
       set_config('statement_timeout', %(statement_timeout)s::text, p.until_end),
       set_config('lock_timeout', %(lock_timeout)s::text, p.until_end),
       set_config('idle_in_transaction_session_timeout', %(idle_timeout)s::text, p.until_end),
       case when p.version >= 170000 then set_config('transaction_timeout', '0', p.until_end) end,
       -- A limit that runs already is not set anew.
       case when p.version >= 170000
            then set_config('transaction_timeout', %(transaction_timeout)s::text, p.until_end) end,
       case when p.version >= 140000 and version() ~ 'linux|darwin'
            then set_config('client_connection_check_interval', '2000', p.until_end) end,
       set_config('tcp_keepalives_idle', '5', p.until_end),
       set_config('tcp_keepalives_interval', '5', p.until_end),
       set_config('tcp_keepalives_count', '3', p.until_end),
       set_config('tcp_user_timeout', %(gone_after)s::text, p.until_end)
  from (select %(until_end)s::boolean as until_end, current_setting('server_version_num')::integer as version) p
