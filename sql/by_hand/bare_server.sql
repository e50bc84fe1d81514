-- What the app's server needs of the table of another version.
grant select, insert, update, delete on /* profile table */ to service_role; grant usage, select on all sequences in schema public to service_role
