-- As verify/delete_trial, of a row as the handler of a later version writes it. The same marks. iahome-fix: a trial.
do $trial$
declare
  given constant jsonb := current_setting('iahome_fix.trial')::jsonb;
  stage text := 'IF013';
  made text;
  stays bigint;
begin
  /* had */
  insert into /* profile table */ (/* profile granted */)
  select /* profile granted_of_r */
    from (select given ->> 'owner' as owner, given ->> 'module' as module, given ->> 'title' as title,
                 (now() at time zone 'utc') + interval '1 hour' as ends) d
   cross join lateral jsonb_populate_record(null::/* profile table */, /* profile granted_as_json */) r
  returning /* profile id */::text into made;
  stage := 'IF012';
  delete from /* profile table */ a where a./* profile id */::text = made;
  set constraints all immediate;
  select count(*) into stays from /* profile table */ a where a./* profile id */::text = made;
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
