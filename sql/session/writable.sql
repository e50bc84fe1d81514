-- What somebody set to be read only (a full disk does it, or a role that is to change nothing) is not written, although a
-- transaction could ask for it.
do $writable$
begin
  if (select g.reset_val from pg_catalog.pg_settings g where g.name = 'default_transaction_read_only') = 'on' then
    raise exception 'default_transaction_read_only is on' using errcode = '25006';
  end if;
end
$writable$
