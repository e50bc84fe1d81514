-- What became of a transaction: committed, aborted, in progress, or null for one of long ago. Parameter: xid (text).
select pg_xact_status(%(xid)s::xid8) as status
