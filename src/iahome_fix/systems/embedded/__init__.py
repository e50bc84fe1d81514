"""The embedded PostgreSQL: a server of one's own in a folder, which never outlives the process using it."""
