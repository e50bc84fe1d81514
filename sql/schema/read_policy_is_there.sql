-- A permissive policy lets something be read as authenticated.
exists (
    select from pg_catalog.pg_policy p cross join unnest(p.polroles) as r (oid)
     where p.polrelid = to_regclass('public.module_access') and p.polcmd in ('r', '*') and p.polpermissive
       and (r.oid = 0
            or pg_catalog.pg_has_role((select a.oid from pg_catalog.pg_roles a where a.rolname = 'authenticated'),
                                      r.oid, 'usage')))
