-- Sales whose grant lies in the table of another version of the app. The customer is found by
-- e-mail. Parameter: sales, a JSON list of {session_id, email, module_id, created}.
select s.session_id, s.module_id
  from jsonb_to_recordset(%(sales)s::jsonb) as s (session_id text, module_id text, email text, created timestamptz)
 where exists (
     select from /* profile elsewhere */ u
       join public.profiles p on p.id::text = u.user_id::text
      where /* include domain/address of=p.email::text */ = /* include domain/address of=s.email */ and u.module_id::text = s.module_id and u.is_active
        and coalesce((to_jsonb(u) ->> 'created_at')::timestamptz, now())
            >= s.created - interval '1 hour')
