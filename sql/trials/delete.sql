-- An access is taken away.
delete from public.module_access where id is null
