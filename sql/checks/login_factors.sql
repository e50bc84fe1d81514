-- Which of some logins have a second factor that was verified. Parameter: ids (text[]).
select distinct f.user_id::text as id
  from auth.mfa_factors f
 where f.user_id::text = any (%(ids)s::text[]) and f.status::text = 'verified'
