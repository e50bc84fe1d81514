-- Addresses that may nearly be the one asked for; the caller says in what each differs, and drops the others.
-- One pass, a few cheap comparisons for each row, at most 60 rows. Parameters, all in lower case: asked, the
-- address; name and domain, its halves; bare, the name without dots, hyphens and tag; head and tail, one
-- letter less than the name between them, of which one slip leaves one whole; names and domains, patterns of
-- what is one slip away; skeleton, what the address reads like; alike and foreign, regular expressions: what
-- reads the same, and what is none of ASCII's letters.
select e.place, e.id, e.email
  from everybody e
 cross join lateral (
     -- Worked out once for each row, which is what offset 0 is for.
     select lower(e.email) as email, split_part(lower(e.email), '@', 1) as name,
            split_part(lower(e.email), '@', 2) as domain
     offset 0
 ) x
 where x.email <> %(asked)s::text
   and (
       (x.domain = %(domain)s::text
        and (starts_with(x.name, %(head)s::text) or right(x.name, length(%(tail)s::text)) = %(tail)s::text)
        and x.name like any(%(names)s::text[]))
       or (x.name = %(name)s::text and x.domain like any(%(domains)s::text[]))
       or translate(split_part(x.name, '+', 1), '.-_', '') = %(bare)s::text
       or x.email ~ %(alike)s::text
       -- What others than ASCII's letters stand for is tried as anything at all: few rows have them.
       or (octet_length(x.email) <> length(x.email)
           and %(skeleton)s::text like regexp_replace(
               replace(replace(replace(x.email, '!', '!!'), '%%', '!%%'), '_', '!_'),
               %(foreign)s::text, '%%', 'g') escape '!')
   )
 order by x.domain = %(domain)s::text desc, x.domain like any(%(domains)s::text[]) desc,
          split_part(x.domain, '.', 1) = split_part(%(domain)s::text, '.', 1) desc,
          abs(length(x.email) - length(%(asked)s::text)), e.email, e.place desc
 limit 60
