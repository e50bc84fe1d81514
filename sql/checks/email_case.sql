-- Profiles whose e-mail is not in the form that a login has; "free" where no other profile holds that form.
select count(*) as found,
       count(*) filter (where not exists (
           select from public.profiles q
            where q.id <> p.id and /* include domain/address of=q.email */ = /* include domain/address of=p.email */)) as free,
       min(p.email) as example
  from public.profiles p
 where p.email <> /* include domain/address of=p.email */
