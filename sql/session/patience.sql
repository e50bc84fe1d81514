-- How long the statements of this session may take, which stand in no transaction. Parameter: limit (text).
select set_config('statement_timeout', %(limit)s::text, false)
