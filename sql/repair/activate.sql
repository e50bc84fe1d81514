update public.module_access set is_active = true where is_active is not true and metadata ->> 'session_id' = any(%(sessions)s)
