-- Every transaction: UTC, and limits of its own (milliseconds).
select set_config('timezone', 'UTC', true),
       set_config('statement_timeout', %(statement_timeout)s::text, true),
       set_config('lock_timeout', %(lock_timeout)s::text, true)
