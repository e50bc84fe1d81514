-- Which rows a run made and deactivated whose journal does not list them, as journals did not before: they carry the numbers
-- of its transactions, and what is active was made while it ran. That a number tells of another transaction, in a database
-- that was restored, is ruled out by the time. Parameters: versions, ids (JSON lists of text: what it has of ids),
-- began, ended (timestamps).
select coalesce(jsonb_agg(w.id) filter (where w.made), '[]')::text as made,
       coalesce(jsonb_agg(w.id) filter (where not w.made), '[]')::text as ended
  from (select w./* profile id */::text as id,
               w./* profile active */ or b.id is not null as made
          from /* profile table */ w
          left join jsonb_array_elements_text(%(ids)s::jsonb) as b (id) on b.id = w./* profile id */::text
         where w.xmin::text in (select jsonb_array_elements_text(%(versions)s::jsonb))
           and w./* profile active */ is not null
           and (b.id is not null
                or not w./* profile active */
                or (to_jsonb(w) ->> /* profile created_name */) is null
                or (to_jsonb(w) ->> /* profile created_name */)::timestamptz
                   between %(began)s::timestamptz - interval '5 minutes'
                       and %(ended)s::timestamptz + interval '5 minutes')) w
