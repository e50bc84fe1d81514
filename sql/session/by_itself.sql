-- (after begin.sql) For a session whose statements stand in no transaction: each is one that writes, and the session ends
-- when nobody is there to use it. Parameter: idle_timeout (integer, milliseconds).
select set_config('default_transaction_isolation', 'read committed', false),
       set_config('default_transaction_read_only', 'off', false),
       case when current_setting('server_version_num')::integer >= 140000
            then set_config('idle_session_timeout', %(idle_timeout)s::text, false) end
