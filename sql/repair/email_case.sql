-- Give profiles the form of address that their login has, where no other profile holds it. The number is left in
-- iahome_fix.renamed; in iahome_fix.renamed_forms what undo needs to give the old form back, and no address: which letters
-- were capitals, and how many blanks stood around. A form that cannot be told so (a letter that has no one capital)
-- is left out of it. Parameters: most (integer), what the plan showed; most_forms (integer).
with due as (
    select p.id, p.email::text as held, /* include domain/address of=p.email */::text as wanted
      from public.profiles p
     where p.email <> /* include domain/address of=p.email */
       and not exists (select from public.profiles q
                        where q.id <> p.id and /* include domain/address of=q.email */ = /* include domain/address of=p.email */)
), renamed as (
    update public.profiles p
       set email = d.wanted
      from due d
     where p.id = d.id and p.email::text = d.held
       and (select count(*) from due) <= %(most)s
 returning p.id, d.held, d.wanted
), formed as (
    select r.id, r.held,
           length(r.held) - length(ltrim(r.held)) as before, length(r.held) - length(rtrim(r.held)) as after,
           f.capitals, f.told
      from renamed r
     cross join lateral (
         select coalesce(jsonb_agg(l.place order by l.place) filter (where l.now <> l.was), '[]'::jsonb) as capitals,
                string_agg(case when l.now <> l.was then upper(l.now) else l.now end, '' order by l.place) as told
           from unnest(string_to_array(r.wanted, null), string_to_array(btrim(r.held, /* include domain/blanks */), null))
                with ordinality as l (now, was, place)) f
), noted as (
    select jsonb_build_object('id', f.id::text, 'capitals', f.capitals, 'before', f.before, 'after', f.after) as form
      from formed f
     where repeat(' ', f.before) || f.told || repeat(' ', f.after) = f.held
     order by f.id limit %(most_forms)s::integer
)
select set_config('iahome_fix.renamed', (select count(*) from renamed)::text, true),
       set_config('iahome_fix.renamed_forms', (select coalesce(jsonb_agg(n.form), '[]'::jsonb)::text from noted n), true)
