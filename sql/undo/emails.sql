-- The addresses that repair changed, and the form that they had: which letters were capitals, and how many blanks stood
-- around. A profile that was changed since, by whomever, is left alone: it has another version (xmin) by then.
-- Parameters: forms (JSON list of {id, capitals, before, after}), version (text).
with noted as (
    select n.id, n.capitals, n.before, n.after
      from jsonb_to_recordset(%(forms)s::jsonb) as n (id text, capitals jsonb, before integer, after integer)
), formed as (
    select p.id, p.xmin::text as version,
           repeat(' ', n.before)
           || (select string_agg(case when n.capitals @> to_jsonb(l.place) then upper(l.letter) else l.letter end, ''
                                 order by l.place)
                 from unnest(string_to_array(p.email::text, null)) with ordinality as l (letter, place))
           || repeat(' ', n.after) as email
      from noted n
      join public.profiles p on p.id::text = n.id
     where p.xmin::text = %(version)s::text
), judged as (
    select f.id, f.version, f.email,
           exists (select from public.profiles q where q.id <> f.id and q.email = f.email) as taken
      from formed f
)
