-- Whoever was due an access has one now, or nothing is kept: a trigger or a rule that let rows vanish would make a
-- part look like the whole. Nor is it where others lost what they had (repair/gone).
do $kept$
declare
  missing integer;
begin
  select count(*) into missing
    from pg_temp.iahome_fix_due d
    join public.modules m on m.id::text = d.module_id
   where not exists (select from /* profile table */ a
                      where a./* profile active */ and a./* profile owner */::text = d.owner
                        and a./* profile module */::text = d.module_id);
  /* include repair/whole missing=missing */
end
$kept$
