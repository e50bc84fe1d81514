-- The end of one access, as it was sold. Parameters: id, of the row; until, UTC without a zone.
update public.module_access set expires_at = %(until)s where id::text = %(id)s
