-- One access, switched on again. Parameter: id, of the row.
update public.module_access set is_active = true where id::text = %(id)s
