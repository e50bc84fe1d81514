-- Nothing is kept where others lost what they had for it (repair/gone).
do $lost$
begin
  /* include repair/whole missing=0 */
end
$lost$
