-- More than the plan showed must not be kept: the operator has not seen it. Nor what was to be done and is not so, nor what
-- others lost for it (repair/gone).
do $within$
declare
  gone constant bigint := coalesce(nullif(current_setting('iahome_fix.gone', true), ''), '0')::bigint;
  stays constant bigint := current_setting('iahome_fix.left')::bigint + current_setting('iahome_fix.emails_left')::bigint;
begin
  if current_setting('iahome_fix.deleted')::integer > current_setting('iahome_fix.most_deleted')::integer
     or current_setting('iahome_fix.restored')::integer > current_setting('iahome_fix.most_restored')::integer
     or current_setting('iahome_fix.emails')::integer > current_setting('iahome_fix.most_emails')::integer then
    raise exception 'more can be taken back than agreed' using errcode = 'IF003';
  end if;
  if gone > 0 then
    raise exception '%', gone using errcode = 'IF006';
  end if;
  if stays > 0 then
    raise exception '%', stays using errcode = 'IF007';
  end if;
end
$within$
