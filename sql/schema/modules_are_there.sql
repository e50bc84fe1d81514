-- No row is of a module that is gone. A column that is about to be added is empty in every row: "fallback" answers for it.
not exists (
    select from (values (null::text)) as fallback (module_id)
     cross join lateral (select module_id::text as module from public.module_access m) x
     where x.module is not null
       and not exists (select from public.modules m where m.id::text = x.module))
