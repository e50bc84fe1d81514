-- What a check would ask at least: does a row cite the payment, or does an access, or an active token, of the customer
-- last as long as the term? The customer is whoever has the first address; nothing is said of anything else. The
-- measure for the verdict query, which answers every question about a sale. Begins with the same two files
-- (domain/tokens, domain/withdrawn_rows), and takes domain/taken in.
-- Parameter: sales, the list of sql/domain/sale.sql.
, bought as materialized (
    select b.payment, b.payment_id, b.module_id, lower(btrim(b.addresses ->> 0)) as address,
           b.paid at time zone 'utc' as paid, b.until at time zone 'utc' as until
      from jsonb_to_recordset(%(sales)s::jsonb)
             as b (payment text, payment_id text, module_id text, addresses jsonb, paid timestamptz, until timestamptz)
), buyer as materialized (
    select b.*, p.id::text as owner
      from bought b left join public.profiles p on lower(btrim(p.email::text)) = b.address
), held as materialized (
    select a.user_id::text as owner, a.module_id::text as module_id, a.expires_at::timestamp as ends,
           to_jsonb(a.metadata) ->> 'session_id' as session_id,
           to_jsonb(a.metadata) ->> 'reconciled' as reconciled, w.row_id is not null as withdrawn
      from public.module_access a left join withdrawn w on w.row_id = a.id::text
), longest as materialized (
    select h.owner, h.module_id, bool_or(h.ends is null) as endless, max(h.ends) as ends
      from held h where not h.withdrawn group by 1, 2
), cited as materialized (
    select h.session_id, h.module_id, bool_or(not h.withdrawn) as standing, bool_or(h.reconciled is null) as by_handler
      from held h where h.session_id is not null group by 1, 2
), basis as (
    select 'sale' as kind, b.payment as key, b.payment_id, b.owner, b.module_id, b.paid as since from buyer b
     union all
    select 'token', t.token_id, null, t.owner, t.module_id, t.made from token t
), /* taken */
, longest_token as materialized (
    select t.owner, t.module_id, bool_or(t.ends is null) as endless, max(t.ends) as ends
      from token t
     where not exists (select from taken x where x.kind = 'token' and x.key = t.token_id)
     group by 1, 2
)
select b.payment, b.module_id, b.owner, m.id is not null as known_module, c.standing, c.by_handler,
       l.endless or l.ends >= b.until - interval '1 hour' as lasting,
       t.endless or t.ends >= b.until - interval '1 hour' as tokened, x.row_id as taken_row
  from buyer b
  left join public.modules m on m.id::text = b.module_id
  left join longest l on l.owner = b.owner and l.module_id = b.module_id
  left join longest_token t on t.owner = b.owner and t.module_id = b.module_id
  left join cited c on c.session_id = b.payment and c.module_id = b.module_id
  left join taken x on x.kind = 'sale' and x.key = b.payment and x.module_id = b.module_id
