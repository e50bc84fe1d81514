-- Whoever was due an access has one now, or nothing is kept: a trigger or a rule that let rows vanish would make a
-- part look like the whole.
do $kept$
declare
  missing integer;
begin
  select count(*) into missing
    from pg_temp.iahome_fix_due d
    join public.modules m on m.id::text = d.module_id
   where not exists (select from public.module_access a
                      where a.is_active and a.user_id::text = d.owner and a.module_id::text = d.module_id);
  if missing > 0 then
    raise exception '% accesses were written and are not there', missing using errcode = 'IF004';
  end if;
end
$kept$
