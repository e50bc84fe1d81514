-- The accesses of a table, with what is known of each; behind domain/token_ends or domain/no_token_ends.
, /* include domain/all_accesses */
, /* include domain/withdrawn */
select a.id::text as row_id, nullif(btrim(a.user_id::text, E' \t\r\n\f\x0b'), '') as owner, a.module_id::text as module_id,
       a.access_type::text as origin, a.is_active, a.expires_at::timestamp as ends, a.created_at::timestamp as made,
       a.updated_at::timestamp as changed, w.row_id is not null as withdrawn,
       coalesce(a.expires_at::timestamp <= (now() at time zone 'utc'), false) as is_over
  from access_row a
  left join withdrawn w on w.row_id = a.id::text
