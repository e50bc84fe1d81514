-- For which sale or token does a row of "withdrawn" speak? Goes behind withdrawn and "basis" (kind 'sale' or 'token',
-- key: the session's or the token's id, payment_id, owner, module_id, since: when it was paid or made). One row each: of
-- several withdrawn rows the one that was made last.
--   * For the sale that it cites (domain/cites), or the token (token_id).
--   * One that cites no sale: for a sale of that customer and module older than itself.
--   * For a token of that customer and module older than itself, whatever it cites: a token is no purchase of its own,
--     it opens what was taken away.
-- "Older" allows five minutes, since two clocks are involved, and the app makes a token and its access in one go. What
-- has no time cannot be told to be newer.
taken as materialized (
    select distinct on (s.kind, s.key, s.module_id)
           s.kind, s.key, s.module_id, s.row_id, s.owner, s.why, s.taken_at
      from (select b.kind, b.key, b.module_id, w.row_id, w.owner, w.why, w.taken_at, w.made
              from basis b join withdrawn w on w.cites = b.key and w.module_id = b.module_id
             where b.kind = 'sale'
            union all
            select b.kind, b.key, b.module_id, w.row_id, w.owner, w.why, w.taken_at, w.made
              from basis b join withdrawn w on w.cites = b.payment_id and w.module_id = b.module_id
             where b.kind = 'sale' and b.payment_id <> b.key
            union all
            select b.kind, b.key, b.module_id, w.row_id, w.owner, w.why, w.taken_at, w.made
              from basis b join withdrawn w on w.token_id = left(b.key, 255)
             where b.kind = 'token'
            union all
            select b.kind, b.key, b.module_id, w.row_id, w.owner, w.why, w.taken_at, w.made
              from basis b join withdrawn w on w.owner = b.owner and w.module_id = b.module_id
             where (b.kind = 'token' or w.session_id is null and w.payment_id is null)
               and coalesce(b.since <= w.made + interval '5 minutes', true)) s
     order by s.kind, s.key, s.module_id, s.made desc nulls last, s.row_id desc
)
