-- An access comes to its end.
update public.module_access set is_active = false, updated_at = null where id is null
