-- All of it or nothing,
-- and no long wait for a table that is in use. It may be run again: what holds stays as it is.
set local lock_timeout = '10s';
