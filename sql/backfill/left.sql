-- (after create.sql) What is due an access still, although one was written, or has one that is over sooner: left in
-- iahome_fix.left. Where as many came of it as were due, and nothing on the table makes other rows of them, neither the
-- tokens nor the accesses need to be looked at again.
select set_config('iahome_fix.left', (case
    when current_setting('iahome_fix.created')::integer < current_setting('iahome_fix.due')::integer
    then (select count(*) from classified c where c.verdict = 'to_create')
    when current_setting('iahome_fix.promised') <> '[]'
    then (select count(*)
            from jsonb_array_elements(current_setting('iahome_fix.promised')::jsonb) as p (given)
            left join (/* include repair/in_force */) f on f.owner = p.given ->> 0 and f.module = p.given ->> 1
           where f.owner is null
              or f.until + f.grain < coalesce(extract(epoch from (p.given ->> 2)::timestamp)::numeric, 'Infinity'))
    else 0 end)::text, true)
