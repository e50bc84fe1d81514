-- Which of these sessions' modules have an active row of their customer: the handler takes any such row, over
-- or not, for an access and writes nothing. Ids are compared as text, whatever their types.
-- Parameter: sales, a JSON list of {session_id, module_id, email}.
with sold as (
    select s.session_id, s.module_id, /* include domain/address of=s.email */ as email
      from jsonb_to_recordset(%(sales)s::jsonb) as s (session_id text, module_id text, email text)
), buyer as (
    select s.session_id, s.module_id, p.id::text as user_id
      from sold s
      join public.profiles p on /* include domain/address of=p.email::text */ = s.email
)
select distinct b.session_id, b.module_id
  from buyer b
  join /* include profile/accesses */ a on a.user_id::text = b.user_id and a.module_id::text = b.module_id
 where a.is_active
