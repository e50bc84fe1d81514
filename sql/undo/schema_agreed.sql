-- Before the schema goes back: nobody writes any more, each part is still as the plan showed it, and no more would be
-- lost with it. The plan: {"parts": [{"item", "state", "identity", "most"}], "schema": query, "tokens": boolean}.
do $agreed$
declare
  plan constant jsonb := current_setting('iahome_fix.schema')::jsonb;
  part record;
  lost bigint;
begin
  if to_regclass('public.module_access') is not null then
    lock table public.module_access in access exclusive mode;
  end if;
  if (plan ->> 'tokens')::boolean then
    lock table public.access_tokens in access exclusive mode;
  end if;
  for part in execute format(
      'select p.*, s.state as found, s.identity as own, s.lost
         from jsonb_to_recordset(%L::jsonb) as p (item text, state text, identity text, most bigint)
         left join (%s) s on s.item = p.item', plan -> 'parts', plan ->> 'schema') loop
    if part.found is distinct from part.state or part.identity is not null and part.own is distinct from part.identity then
      raise exception '% changed', part.item using errcode = 'IF005';
    end if;
    if part.lost is not null and part.most is not null then
      execute part.lost into lost;
      if lost > part.most then
        raise exception '% holds more', part.item using errcode = 'IF005';
      end if;
    end if;
  end loop;
end
$agreed$
