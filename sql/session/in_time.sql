-- A request that the platform may have given up on must not be kept: nobody would hear of it.
do $in_time$
begin
  if clock_timestamp() - transaction_timestamp() > interval '55 seconds' then
    raise exception 'the request took too long' using errcode = 'IF002';
  end if;
end
$in_time$
