-- Hand what was agreed to within.sql, which cannot take a parameter, and to judged.sql which of so many parts of the
-- customers this transaction is about. Parameters: most_deleted, most_restored, most_emails, parts, part (integer).
select set_config('iahome_fix.most_deleted', %(most_deleted)s::text, true),
       set_config('iahome_fix.most_restored', %(most_restored)s::text, true),
       set_config('iahome_fix.parts', %(parts)s::text, true), set_config('iahome_fix.part', %(part)s::text, true),
       set_config('iahome_fix.most_emails', %(most_emails)s::text, true),
       set_config('iahome_fix.deleted', '0', true), set_config('iahome_fix.deleted_ids', '[]', true),
       set_config('iahome_fix.restored', '0', true), set_config('iahome_fix.restored_ids', '[]', true),
       set_config('iahome_fix.emails', '0', true), set_config('iahome_fix.left', '0', true),
       set_config('iahome_fix.emails_left', '0', true)
