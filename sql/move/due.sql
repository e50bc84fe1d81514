-- (after classified.sql) Of what the plan showed, note what is still to be brought over; nothing else is.
-- Parameter: rows (text[]).
, noted as (
    insert into pg_temp.iahome_fix_moved (row_id, owner, module, title, origin, ends, made, active)
    select c.row_id, c.owner, c.module_id, c.title, c.origin, c.ends, c.made, not c.withdrawn
      from classified c
     where c.verdict in ('to_create', 'to_keep_away') and c.row_id = any(%(rows)s::text[])
 returning 1
)
select count(*) as noted from noted
