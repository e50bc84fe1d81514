delete from public.module_access where metadata ->> 'session_id' = any(%(sessions)s)
