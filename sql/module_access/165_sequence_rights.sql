-- title: Only the server may use the sequence of module_access
-- why: New sequences give the public some right in most projects; nobody but the server inserts.
-- check: permissions.anon
-- detect
select 'sequence of id' as item, 'the rights that new sequences come with' as detail
 where not exists (
     select from pg_catalog.pg_attribute a
      where a.attrelid = to_regclass('public.module_access') and a.attname = 'id' and not a.attisdropped
        and (a.atthasdef or a.attidentity <> ''
             or a.atttypid in ('uuid'::regtype, 'text'::regtype, 'varchar'::regtype)))
union all
select distinct s.relname::text,
       format('%s for %s', lower(x.privilege_type),
              case when x.grantee = 0 then 'public' else pg_catalog.pg_get_userbyid(x.grantee)::text end)
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class s on s.relkind = 'S'
   and /* include schema/sequence_of_column */
 cross join lateral aclexplode(s.relacl) x
 where a.attrelid = to_regclass('public.module_access') and a.attname = 'id' and not a.attisdropped
   and (x.grantee = 0
        or x.grantee in (select r.oid from pg_catalog.pg_roles r where r.rolname in ('anon', 'authenticated')))
   -- What another gave, or was passed on, or is on a sequence of another, is for a person (155).
   and x.grantor = s.relowner
   and pg_catalog.pg_has_role(case current_user when 'supabase_read_only_user' then 'postgres' else current_user end,
                              s.relowner, 'usage')
   and not exists (select from aclexplode(s.relacl) y where y.grantor = x.grantee and y.privilege_type = x.privilege_type)
   and not /* include schema/sequence_of_another */;
-- repair
-- An identity column asks for no right to its sequence; a default does. A sequence that another column takes its numbers
-- from, too, is left alone.
do $$
declare
  own record;
  given record;
begin
  for own in
      select s.oid::regclass as name, a.atthasdef as by_default
        from pg_catalog.pg_attribute a
        join pg_catalog.pg_class s on s.relkind = 'S'
         and /* include schema/sequence_of_column */
       where a.attrelid = 'public.module_access'::regclass and a.attname = 'id' and not a.attisdropped
         and not /* include schema/sequence_of_another */ loop
    for given in
        select distinct x.privilege_type, case when x.grantee = 0 then 'public' else r.rolname::text end as grantee
          from pg_catalog.pg_class s cross join lateral aclexplode(s.relacl) x
          left join pg_catalog.pg_roles r on r.oid = x.grantee
         where s.oid = own.name and (x.grantee = 0 or r.rolname in ('anon', 'authenticated'))
           and x.grantor = s.relowner and pg_catalog.pg_has_role(s.relowner, 'usage')
           and not exists (select from aclexplode(s.relacl) y
                            where y.grantor = x.grantee and y.privilege_type = x.privilege_type) loop
      execute format('revoke %s on sequence %s from %s', given.privilege_type, own.name, given.grantee);
    end loop;
    if own.by_default and not (pg_catalog.has_sequence_privilege('service_role', own.name, 'usage')
                               and pg_catalog.has_sequence_privilege('service_role', own.name, 'select')) then
      execute format('grant usage, select on sequence %s to service_role', own.name);
    end if;
  end loop;
end $$;
