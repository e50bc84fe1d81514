-- What is written is written in the name of the app's server: triggers, defaults and checks of others that ask who writes
-- find what the Data API sets for a request of its, until the transaction ends.
select set_config('request.jwt.claims', '{"role": "service_role"}', true),
       set_config('request.method', 'POST', true), set_config('request.path', '/', true),
       set_config('request.headers', '{}', true), set_config('request.cookies', '{}', true)
