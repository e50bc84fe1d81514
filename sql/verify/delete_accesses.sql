-- Take the accesses of synthetic sessions away again. Parameter: sessions (text[]).
delete from public.module_access a
 where to_jsonb(a.metadata) ->> 'session_id' = any(%(sessions)s::text[])
