-- How many of those who had a module (repair/had) have it no more, or for less long, in iahome_fix.gone: a trigger that
-- takes one access for another would make of a repair a loss. What made way for a longer one is no loss. It is added to
-- what an earlier look of the same transaction found.
select set_config('iahome_fix.gone', (
    select coalesce(nullif(current_setting('iahome_fix.gone', true), ''), '0')::bigint + count(*)
      from jsonb_array_elements(current_setting('iahome_fix.had')::jsonb) as h (was)
      left join (/* include repair/in_force */) f on f.owner = h.was ->> 0 and f.module = h.was ->> 1
     where f.owner is null or f.until < (h.was ->> 2)::numeric)::text, true)
