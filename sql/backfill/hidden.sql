-- The tables of which row level security hides rows from this user: a plan made of the rest would be wrong.
select t.name
  from unnest(array['access_tokens', 'modules', 'profiles', /* profile table_name */]) as t (name)
 where row_security_active(to_regclass(format('public.%I', t.name))::oid)
 order by t.name
