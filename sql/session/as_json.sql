-- All rows of a query in one, as JSON text; the query takes the place of the comment below.
select coalesce(json_agg(to_json(answer.*)), '[]'::json)::text as answer from (
/* query */
) as answer
