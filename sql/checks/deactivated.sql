-- Accesses that were switched off before their end, where no other one is in force for the same customer and
-- module, but for what this tool moved to another id of the customer. "explained" where the row itself says that it was meant. Parameter: most, how many rows at most.
select to_jsonb(a.metadata) ->> 'session_id' as session_id, to_jsonb(a) ->> 'id' as row_id, a.is_active is false as closed,
       /* include domain/says_why held=to_jsonb(a.metadata) */ as explained,
       count(*) over () as found
  from /* include profile/accesses */ a
 where a.is_active is not true
   and a.user_id is not null and a.module_id is not null
   and to_jsonb(a.metadata) ->> 'deactivated_because' is distinct from 'moved'
   and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))
   and not exists (select from /* include profile/accesses */ b
                    where b.is_active and b.user_id::text = a.user_id::text and b.module_id::text = a.module_id::text
                      and (b.expires_at is null or b.expires_at::timestamp > (now() at time zone 'utc')))
 order by 2, 1
 limit %(most)s
