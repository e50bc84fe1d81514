-- Give profiles the form of address that their login has, where no other profile holds it; the number is left in
-- iahome_fix.renamed. Parameter: most (integer), what the plan showed.
with renamed as (
    update public.profiles p
       set email = lower(btrim(p.email))
     where p.email <> lower(btrim(p.email))
       and not exists (select from public.profiles q
                        where q.id <> p.id and lower(btrim(q.email)) = lower(btrim(p.email)))
       and (select count(*) from public.profiles q where q.email <> lower(btrim(q.email))
              and not exists (select from public.profiles o
                               where o.id <> q.id and lower(btrim(o.email)) = lower(btrim(q.email)))) <= %(most)s
 returning p.id
)
select set_config('iahome_fix.renamed', count(*)::text, true) from renamed
