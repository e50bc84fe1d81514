-- What a message "permission denied for <kind> <name>" means: each object of that name to which the role lacks the
-- right, with its schema, and the statement that gives it. Parameters: role, kind, name (text), privilege (text): the
-- one that a table was asked for.
with role as (
    select r.oid, r.rolname from pg_catalog.pg_roles r where r.rolname = %(role)s::text
)
select n.nspname::text as schema, format('%%I.%%I', n.nspname, c.relname) as object,
       format('%%sgrant %%s on %%I.%%I to %%I',
              case when has_schema_privilege(role.oid, n.oid, 'usage') then '' else format('grant usage on schema %%I to %%I; ', n.nspname, role.rolname) end,
              %(privilege)s::text, n.nspname, c.relname, role.rolname) as statement
  from role
  join pg_catalog.pg_class c on c.relname = %(name)s::text and c.relkind in ('r', 'p', 'v', 'm', 'f')
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname !~ '^(pg_|information_schema$)'
 where %(kind)s::text in ('table', 'view', 'materialized view', 'foreign table')
   and not has_table_privilege(role.oid, c.oid, %(privilege)s::text)
union all
select n.nspname::text, format('%%I.%%I(%%s)', n.nspname, f.proname, oidvectortypes(f.proargtypes)),
       format('%%sgrant execute on function %%I.%%I(%%s) to %%I',
              case when has_schema_privilege(role.oid, n.oid, 'usage') then '' else format('grant usage on schema %%I to %%I; ', n.nspname, role.rolname) end,
              n.nspname, f.proname, oidvectortypes(f.proargtypes), role.rolname)
  from role
  join pg_catalog.pg_proc f on f.proname = %(name)s::text
  join pg_catalog.pg_namespace n on n.oid = f.pronamespace
 where %(kind)s::text in ('function', 'aggregate', 'procedure') and not has_function_privilege(role.oid, f.oid, 'execute')
union all
select n.nspname::text, format('%%I.%%I', n.nspname, c.relname),
       format('grant usage on sequence %%I.%%I to %%I', n.nspname, c.relname, role.rolname)
  from role
  join pg_catalog.pg_class c on c.relname = %(name)s::text and c.relkind = 'S'
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where %(kind)s::text = 'sequence' and not has_sequence_privilege(role.oid, c.oid, 'usage')
union all
select n.nspname::text, format('%%I', n.nspname), format('grant usage on schema %%I to %%I', n.nspname, role.rolname)
  from role join pg_catalog.pg_namespace n on n.nspname = %(name)s::text
 where %(kind)s::text = 'schema' and not has_schema_privilege(role.oid, n.oid, 'usage')
 order by 1, 2
