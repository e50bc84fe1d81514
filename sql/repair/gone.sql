-- How many accesses that were in force before (repair/had) are there no more, or are no accesses any more, without that
-- the run says so, in iahome_fix.gone: a trigger that takes one access for another would make of a repair a loss.
-- Parameter: run_id (text).
select set_config('iahome_fix.gone', (
    select count(*)
      from jsonb_array_elements_text(current_setting('iahome_fix.had')::jsonb) as h (id)
      left join public.module_access a on a.id::text = h.id
     where not coalesce(a.is_active and (a.expires_at is null or extract(epoch from a.expires_at) > extract(epoch from now()))
                        or a.metadata ->> 'deactivated_run_id' = %(run_id)s::text, false))::text, true)
