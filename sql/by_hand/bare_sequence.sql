-- The sequence of the ids goes on behind the highest one, in the table of another version.
select setval(pg_get_serial_sequence('/* profile table */', /* profile id_name */), (select max(/* profile id */) from /* profile table */))
