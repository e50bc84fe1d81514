-- The row that the webhook's handler writes, as the columns of a SELECT, and others that have to be possible
-- beside it: the same customer's next module, another customer's, the second module of one session, a renewal.
-- Columns that the handler does not name get their default; one that grant_calls names is not worked out, and a
-- domain whose check it names gives way to the type below it. Nothing here takes a number from a sequence.
with recursive calls as (/* calls */), domains (top, type) as (
    select c.object, t.typbasetype
      from calls c
      join pg_catalog.pg_type t on t.oid = c.object and t.typtype = 'd'
     where c.class = 'pg_catalog.pg_type'::regclass
    union all
    select d.top, t.typbasetype
      from domains d
      join pg_catalog.pg_type t on t.oid = d.type and t.typtype = 'd'
), sample as (
    select coalesce((select array_agg(x.id) from (select p.id::text as id from public.profiles p limit 2) x),
                    '{}'::text[]) as users,
           coalesce((select array_agg(x.id) from (select m.id::text as id from public.modules m limit 2) x),
                    '{}'::text[]) as modules
), chosen as (
    select coalesce(s.users[1], '00000000-0000-4000-8000-000000000001') as this_user,
           coalesce(s.users[2], '00000000-0000-4000-8000-000000000002') as other_user,
           coalesce(s.modules[1], '1') as this_module, coalesce(s.modules[2], '2') as other_module
      from sample s
), wanted as (
    select w.place, w.name, w.owner, w.module, w.session, w.active
      from chosen c cross join lateral (values
          (1, 'grant', c.this_user, c.this_module, 'cs_1', 'true'),
          (2, 'module', c.this_user, c.other_module, 'cs_2', 'true'),
          (3, 'customer', c.other_user, c.this_module, 'cs_3', 'true'),
          (4, 'session', c.this_user, c.other_module, 'cs_1', 'true'),
          (5, 'renewal', c.this_user, c.this_module, 'cs_4', 'false'),
          -- The first one after it was deactivated, and nothing else was changed.
          (1, 'ended', c.this_user, c.this_module, 'cs_1', 'false'),
          -- That of any sale, for a query that has sales as "due" (checks/customers_refused).
          (6, 'sale', 'due.due_owner', 'due.due_module', 'due.due_payment', 'true'))
             as w (place, name, owner, module, session, active)
), given as (
    select w.name, g.attname, g.value
      from wanted w cross join lateral (values
          ('id', null), (/* profile owner_name */, w.owner), (/* profile module_name */, w.module), /* profile written */,
          (/* profile ends_name */, ((now() at time zone 'utc') + /* profile term */ + w.place * interval '1 second')::text),
          (/* profile active_name */, w.active),
          ('metadata', case when w.name = 'sale'
                            then 'json_build_object(''session_id'', due.due_payment, ''payment_method'', ''stripe'')'
                            else json_build_object('session_id', w.session, 'payment_method', 'stripe')::text end))
             as g (attname, value)
)
select w.name,
       (select string_agg(format('%s as %I', case
                   when a.attname = 'id' then format('%L::%s', case when y.type = 'uuid'::regtype
                       then format('00000000-0000-4000-8000-00000000000%s', w.place)
                       else (1000000 + w.place)::text end, format_type(y.type, null))
                   when a.attgenerated <> '' then format('null::%s', format_type(y.type, null))
                   when w.name = 'sale' and g.attname in (/* profile owner_name */, /* profile module_name */, 'metadata')
                   then format('(%s)::%s', g.value, format_type(y.type, null))
                   when g.attname is not null then format('%L::%s', g.value, format_type(y.type, null))
                   when d.expression is null
                   then format('null::%s', format_type(y.type, null))
                   else format('(%s)::%s', d.expression, format_type(y.type, null)) end, a.attname), ', '
                   order by a.attnum)
          from pg_catalog.pg_attribute a
          left join given g on g.name = w.name and g.attname = a.attname::text
          left join lateral (select pg_catalog.pg_get_expr(e.adbin, e.adrelid) as expression
                               from pg_catalog.pg_attrdef e
                              where e.adrelid = a.attrelid and e.adnum = a.attnum
                                and not exists (select from calls c where c.class = 'pg_catalog.pg_attrdef'::regclass
                                                                      and c.object = e.oid)
                             union all
                             -- A column without one has that of its domain.
                             select pg_catalog.pg_get_expr(o.typdefaultbin, 0)
                               from pg_catalog.pg_type o
                              where not a.atthasdef and o.oid = a.atttypid and o.typtype = 'd'
                                and not exists (select from domains b where b.top = o.oid)) d on true
          cross join lateral (select coalesce((select b.type from domains b
                                                 join pg_catalog.pg_type t on t.oid = b.type and t.typtype <> 'd'
                                                where b.top = a.atttypid), a.atttypid) as type) y
         where a.attrelid = to_regclass('/* profile table */') and a.attnum > 0 and not a.attisdropped) as columns
  from wanted w
 order by w.place
