-- Who this session is, and on what.
select current_user::text as who, current_setting('server_version') as version, current_database()::text as database
