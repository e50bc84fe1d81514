-- Every access. (For domain/withdrawn.)
access_row as (
    select h.*
      from /* include domain/unchanged */
     cross join lateral (select a.id, a.user_id, a.module_id, a.access_type, a.token_id, a.expires_at, a.is_active,
                                a.created_at, updated_at, a.metadata
                           from /* include profile/accesses */ a) h
)
