-- One repair at a time: the second waits here, then finds nothing to do.
select pg_advisory_xact_lock(hashtext('iahome-fix'), hashtext('repair'))
