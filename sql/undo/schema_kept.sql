-- After the schema went back: each part is what it was before the run, whatever an event trigger made of it. The plan is
-- that of schema_agreed.sql, with "before".
do $kept$
declare
  plan constant jsonb := current_setting('iahome_fix.schema')::jsonb;
  part record;
begin
  for part in execute format(
      'select p.item, p.before, s.state as found
         from jsonb_to_recordset(%L::jsonb) as p (item text, before text)
         left join (%s) s on s.item = p.item', plan -> 'parts', plan ->> 'schema') loop
    if part.found is distinct from part.before then
      raise exception '%', part.item using errcode = 'IF008';
    end if;
  end loop;
end
$kept$
