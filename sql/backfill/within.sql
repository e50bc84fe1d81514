-- More than was agreed must not be kept: the operator has not seen it. Nor must a part of it, where a trigger or a
-- rule of the table let rows vanish: it would be taken for the whole. Nor what others lost for it
-- (repair/gone).
do $within$
begin
  if current_setting('iahome_fix.created')::integer > current_setting('iahome_fix.most')::integer then
    raise exception 'more tokens are due an access than agreed' using errcode = 'IF003';
  end if;
  /* include repair/whole missing=current_setting('iahome_fix.left')::integer */
end
$within$
