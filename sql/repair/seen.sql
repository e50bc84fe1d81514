-- A user whom row level security hides rows from writes nothing: what is due would be judged by the rest.
do $seen$
declare
  hidden text;
begin
  select string_agg(h.name, ', ') into hidden from (/* include backfill/hidden */) h;
  if hidden is not null then
    raise exception 'row level security hides rows of % from this database user', hidden using errcode = '42501';
  end if;
end
$seen$
