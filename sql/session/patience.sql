-- How long the statements of this session may take, which stand in no transaction and whose waits stop nobody.
-- Parameter: limit (text).
select set_config('statement_timeout', %(limit)s::text, false), set_config('lock_timeout', '0', false)
