-- The profiles of an address, letter case and blanks aside, and those of some logins. Ids as text, whatever
-- their type. Parameters: key, the address in lower case; blanks, what may stand around it; ids, of logins.
select p.id::text as id, coalesce(p.email::text, '') as email
  from public.profiles p
 where /* include domain/address of=translate(p.email::text,%(blanks)s::text,'') */ = nullif(%(key)s::text, '')
    or p.id::text = any(%(ids)s::text[])
 order by 1
 limit 50
