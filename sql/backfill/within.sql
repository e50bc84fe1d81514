-- More than was agreed must not be kept: the operator has not seen it. Nor must a part of it, where a trigger or a
-- rule of the table let rows vanish: it would be taken for the whole. Nor what others lost for it
-- (repair/gone).
do $within$
begin
  if current_setting('iahome_fix.created')::integer > current_setting('iahome_fix.most')::integer then
    raise exception 'more tokens are due an access than agreed' using errcode = 'IF003';
  end if;
  if current_setting('iahome_fix.left')::integer > 0 then
    raise exception '% accesses were written and are not there', current_setting('iahome_fix.left')
      using errcode = 'IF004';
  end if;
  if coalesce(nullif(current_setting('iahome_fix.gone', true), ''), '0')::integer > 0 then
    raise exception '% other accesses were taken away for those that were written', current_setting('iahome_fix.gone')
      using errcode = 'IF004';
  end if;
end
$within$
