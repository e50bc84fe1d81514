-- Index i is left invalid, and is none of a constraint. One that is being built at this moment is nobody's leftover:
-- whoever builds it holds this lock on the table.
not i.indisvalid
and not exists (select from pg_catalog.pg_locks l
                 where l.relation = i.indrelid and l.mode = 'ShareUpdateExclusiveLock' and l.granted
                   and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
                   and l.pid <> pg_backend_pid())
and not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid)
