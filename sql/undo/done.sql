-- What delete.sql, restore.sql and emails_restore.sql changed.
select current_setting('iahome_fix.deleted')::integer as deleted,
       current_setting('iahome_fix.restored')::integer as restored,
       current_setting('iahome_fix.emails')::integer as emails,
       current_setting('iahome_fix.deleted_ids') as deleted_ids,
       current_setting('iahome_fix.restored_ids') as restored_ids
