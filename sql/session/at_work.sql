-- What a session is doing, asked from another one. Behind a pooler its number is not the server's: no row then.
-- Parameter: pid (integer).
select a.state from pg_stat_activity a where a.pid = %(pid)s::integer
