-- Every access of some synthetic sessions, whoever has it. Parameter: sessions (text[]).
select a.id::text as id, a.user_id::text as user_id, a.module_id::text as module_id,
       to_jsonb(a.metadata) ->> 'session_id' as session_id
  from /* include profile/accesses */ a
 where to_jsonb(a.metadata) ->> 'session_id' = any(%(sessions)s::text[])
