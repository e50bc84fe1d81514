-- The accesses that these Checkout Sessions gave, switched on again. Parameter: sessions, ids.
update public.module_access set is_active = true
 where is_active is not true and metadata ->> 'session_id' = any(%(sessions)s)
