-- Before the table goes: nobody can write to it any more, and nobody did.
do $empty$
begin
  lock table public.module_access in access exclusive mode;
  if exists (select from public.module_access) then
    raise exception 'module_access holds rows' using errcode = 'IF003';
  end if;
end
$empty$
