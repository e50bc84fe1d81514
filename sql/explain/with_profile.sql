-- Which of these addresses have a profile. Parameters: keys, addresses in lower case; blanks, what may stand
-- around them.
select distinct /* include domain/address of=translate(p.email::text,%(blanks)s::text,'') */ as key
  from public.profiles p
 where /* include domain/address of=translate(p.email::text,%(blanks)s::text,'') */ = any(%(keys)s::text[])
