-- (in backfill/classified) Of what one transaction takes on: some of the owners (agreed.sql), or all.
mod(hashtext(coalesce(btrim(/* owner */, E' \t\r\n\f\x0b'), ''))::bigint + 2147483648,
    (select coalesce(nullif(current_setting('iahome_fix.parts', true), '')::bigint, 1)))
= (select coalesce(nullif(current_setting('iahome_fix.part', true), '')::bigint, 0))
