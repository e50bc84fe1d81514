-- One access, switched off. Parameter: id, of the row.
update public.module_access set is_active = false where id::text = %(id)s
