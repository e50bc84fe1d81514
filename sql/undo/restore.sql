-- Give the rows that a run deactivated what they held before; the number is left in iahome_fix.restored. One
-- whose customer has another active access to the module by now stays as it is: there can be one only.
-- Parameters: run_id (text), versions (JSON list of text, from look.sql).
with back as (
    update public.module_access m
       set is_active = true,
           updated_at = (m.metadata -> 'deactivated_before' ->> 'updated_at')::timestamp,
           metadata = nullif(m.metadata -> 'deactivated_before' -> 'metadata', 'null'::jsonb)
     where m.metadata ->> 'deactivated_run_id' = %(run_id)s and m.xmin::text in (select jsonb_array_elements_text(%(versions)s::jsonb))
       and m.metadata ? 'deactivated_before'
       and not exists (select from public.module_access other
                        where other.is_active and other.id <> m.id
                          and other.user_id = m.user_id and other.module_id = m.module_id)
 returning m.id
)
select set_config('iahome_fix.restored', count(*)::text, true) from back
