-- Whether a row like the handler's can be taken away again, tried: the row is made and deleted, and then this raises in any
-- case, so that nothing is kept. IF011: how many rows stay (0: none); IF012: why it cannot be deleted; IF013: why the row
-- cannot be made to try it with; IF014: how many others would lose an access for it. Marks: had, gone (repair/had, repair/gone).
-- iahome-fix: a trial.
do $trial$
declare
  given constant jsonb := current_setting('iahome_fix.trial')::jsonb;
  session constant text := given #>> '{metadata, session_id}';
  stage text := 'IF013';
  stays bigint;
begin
  /* had */
  insert into public.module_access (user_id, module_id, access_type, expires_at, is_active, metadata)
  select r.user_id, r.module_id, r.access_type, (now() at time zone 'utc') + interval '1 hour', true, r.metadata
    from jsonb_populate_record(null::public.module_access, given) r;
  stage := 'IF012';
  delete from public.module_access a where to_jsonb(a.metadata) ->> 'session_id' = session;
  set constraints all immediate;
  select count(*) into stays from public.module_access a where to_jsonb(a.metadata) ->> 'session_id' = session;
  stage := 'IF014';
  /* gone */
  if current_setting('iahome_fix.gone')::bigint > 0 then
    raise exception '%', current_setting('iahome_fix.gone');
  end if;
  stage := 'IF011';
  raise exception '%', stays;
exception when others then
  raise exception '%', sqlerrm using errcode = stage;
end
$trial$
