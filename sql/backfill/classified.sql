-- Each active token and what it is due. Ids are compared as text, whatever their types; times are UTC.
-- Parameter: include_expired (boolean).
with token as (
    select t.id::text as token_id,
           nullif(btrim(t.created_by::text, E' \t\r\n\f\x0b'), '') as owner,
           t.module_id::text as module_id,
           t.expires_at::timestamp as expires_at,
           t.created_at::timestamp as created_at,
           coalesce(t.expires_at::timestamp <= (now() at time zone 'utc'), false) as is_over
      from public.access_tokens t
     where t.is_active
), judged as (
    select k.*, m.id as module_key,
           case when k.owner is null or length(k.owner) > 255 then 'no_owner'
                when k.module_id is null then 'no_module'
                when m.id is null then 'unknown_module'
                when k.is_over and not %(include_expired)s::boolean then 'expired'
           end as reason
      from token k
      left join public.modules m on m.id::text = k.module_id
), ranked as (
    select j.*,
           case when j.reason is null then
             row_number() over (partition by j.reason is null, j.owner, j.module_id
                                order by j.expires_at desc nulls first, j.created_at desc nulls last, j.token_id desc)
           end as place
      from judged j
), held as (
    -- What the customer already has, or what a person took away before its end: neither is written again.
    -- A row that says neither active nor inactive is no access, and nobody's decision either.
    select a.user_id::text as owner, a.module_id::text as module_id,
           bool_or(a.is_active) as active
      from public.module_access a
     where (a.expires_at is null or a.expires_at::timestamp > (now() at time zone 'utc'))
       and (a.is_active or not a.is_active and a.metadata ->> 'deactivated_by' is distinct from 'iahome-fix')
     group by 1, 2
), classified as (
    select r.token_id, r.owner, r.module_id, r.module_key, r.expires_at, r.created_at, r.is_over,
           case when r.reason is not null then r.reason
                when r.place > 1 then 'duplicate'
                when h.owner is not null then 'covered'
                -- An access that is over is written down once.
                when r.is_over and exists (
                    select from public.module_access a
                     where a.user_id::text = r.owner and a.module_id::text = r.module_id
                       and a.token_id::text = left(r.token_id, 255)) then 'covered'
                else 'to_create'
           end as verdict,
           h.owner is not null and not coalesce(h.active, false) as withdrawn
      from ranked r
      left join held h on h.owner = r.owner and h.module_id = r.module_id
)
