-- Whoever was due an access has one now, or nothing is kept: a trigger or a rule that let rows vanish would make a
-- part look like the whole, and one that ends them sooner would have them due again. Nor is it where others lost what they had (repair/gone).
do $kept$
declare
  missing integer;
begin
  select count(*) into missing
    from pg_temp.iahome_fix_due d
    join public.modules m on m.id::text = d.module_id
    left join (/* include repair/in_force */) f on f.owner = d.owner and f.module = d.module_id
   where f.owner is null
      or current_setting('iahome_fix.watched') = 'true'
         and f.until + f.grain < coalesce(extract(epoch from d.ends)::numeric, 'Infinity');
  /* include repair/whole missing=missing */
end
$kept$
