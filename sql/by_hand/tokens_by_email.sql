-- Tokens that are owned by an e-mail address, given to the id of its profile.
update public.access_tokens t set created_by = p.id::text from public.profiles p
 where lower(btrim(p.email)) = lower(btrim(t.created_by::text))
