-- What stands before the SQL that a person runs in the SQL editor: all of it or nothing, and no long wait for a lock.
-- In the editor each run is one transaction; elsewhere begin and commit make it one.
set local lock_timeout = '10s';
