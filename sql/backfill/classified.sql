-- Each active token and what it is due. Ids are compared as text, whatever their types; times are UTC.
-- Parameters: include_expired (boolean); restore, ids of withdrawn rows that are given back on purpose (list of text).
with /* include domain/token_ends */
, /* include domain/all_accesses */
, /* include domain/withdrawn */
, token as (
    select t.id::text as token_id,
           nullif(btrim(t.created_by::text, E' \t\r\n\f\x0b'), '') as owner,
           t.module_id::text as module_id,
           t.expires_at::timestamp as expires_at,
           t.created_at::timestamp as created_at,
           coalesce(t.expires_at::timestamp <= (now() at time zone 'utc'), false) as is_over
      from public.access_tokens t
     where t.is_active
       and /* include backfill/of_part owner=t.created_by::text */
), held as (
    -- A row that says neither active nor inactive is no access. What was moved to a new id of the customer is one.
    select distinct a.user_id::text as owner, a.module_id::text as module_id
      from /* include profile/accesses */ a
     where (a.is_active or to_jsonb(a.metadata) ->> 'deactivated_because' = 'moved')
       and (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))
       and /* include backfill/of_part owner=a.user_id::text */
), basis as (
    select 'token' as kind, k.token_id as key, null::text as payment_id, k.owner, k.module_id, k.created_at as since
      from token k
     where k.owner is not null and not k.is_over
), /* include domain/taken */
, judged as (
    select k.*, m.id as module_key, h.owner is not null as held, x.row_id as taken_row, x.why, x.taken_at,
           case when k.owner is null or length(k.owner) > 255 then 'no_owner'
                when k.module_id is null then 'no_module'
                when m.id is null then 'unknown_module'
                when k.is_over and not %(include_expired)s::boolean then 'expired'
                -- Before they are ranked: a token that was made after the withdrawal is due what it gives.
                when x.row_id is not null and x.row_id <> all(%(restore)s::text[]) then 'withdrawn'
           end as reason
      from token k
      left join public.modules m on m.id::text = k.module_id
      left join held h on h.owner = k.owner and h.module_id = k.module_id
      -- Where an access is in force nothing was taken away.
      left join taken x on x.key = k.token_id and h.owner is null
), ranked as (
    select j.*,
           case when j.reason is null then
             row_number() over (partition by j.reason is null, j.owner, j.module_id
                                order by j.expires_at desc nulls first, j.created_at desc nulls last, j.token_id desc)
           end as place
      from judged j
), classified as (
    select r.token_id, r.owner, r.module_id, r.module_key, r.expires_at, r.created_at, r.is_over,
           r.taken_row, r.why, r.taken_at,
           case when r.reason is not null then r.reason
                when r.place > 1 then 'duplicate'
                when r.held then 'covered'
                -- An access that is over is written down once.
                when r.is_over and exists (
                    select from /* include profile/accesses */ a
                     where a.user_id::text = r.owner and a.module_id::text = r.module_id
                       and a.token_id::text = left(r.token_id, 255)) then 'covered'
                else 'to_create'
           end as verdict
      from ranked r
)
