-- Takes all rows and tables of a copy away, so that its database may hold another one. Who still reads is not waited for.
do $$
begin
  perform set_config('lock_timeout', '200', true);
  drop schema public cascade;
  create schema public;
end
$$
