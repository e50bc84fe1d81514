-- One repair at a time: the second waits here for as long as lock_timeout says, and asks again.
do $turn$
begin
  perform pg_advisory_xact_lock(hashtext('iahome-fix'), hashtext('repair'));
exception when lock_not_available then
  raise exception 'another repair is under way' using errcode = 'IF001';
end
$turn$
