"""What the catalog says about the tables of the flow, for comparing one way of repair with another."""

from __future__ import annotations

from typing import Any

from tests.sessions import execute

_PARTS = {
    "relations": """
        select c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner)
          from pg_class c where c.oid in (select oid from watched)""",
    "columns": """
        select c.relname, a.attname, a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               a.attidentity, pg_get_expr(d.adbin, d.adrelid)
          from pg_attribute a join pg_class c on c.oid = a.attrelid
          left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
         where c.oid in (select oid from watched) and c.relkind <> 'S'
           and a.attnum > 0 and not a.attisdropped""",
    "constraints": """
        select k.conrelid::regclass::text, k.conname, k.contype, k.convalidated, pg_get_constraintdef(k.oid)
          from pg_constraint k where k.conrelid in (select oid from watched)""",
    "indexes": """
        select i.indrelid::regclass::text, i.indisvalid, pg_get_indexdef(i.indexrelid)
          from pg_index i where i.indrelid in (select oid from watched)""",
    "policies": """
        select p.polrelid::regclass::text, p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[]::text,
               pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
          from pg_policy p where p.polrelid in (select oid from watched)""",
    "grants": """
        select c.relname, x.grantee::regrole::text, x.privilege_type, x.is_grantable
          from pg_class c
         cross join aclexplode(coalesce(c.relacl,
                      acldefault(case c.relkind when 'S' then 's'::"char" else 'r' end, c.relowner))) x
         where c.oid in (select oid from watched)
        union all
        select a.attrelid::regclass || '.' || a.attname, x.grantee::regrole::text, x.privilege_type,
               x.is_grantable
          from pg_attribute a cross join aclexplode(a.attacl) x
         where a.attrelid in (select oid from watched)""",
    "sequences": """
        select s.sequencename, s.data_type::text, s.start_value, s.increment_by,
               (select d.refobjid::regclass || '.' || d.refobjsubid from pg_depend d
                 where d.objid = format('%I.%I', s.schemaname, s.sequencename)::regclass
                   and d.deptype in ('a', 'i')),
               coalesce(s.last_value, 0)
          from pg_sequences s where s.schemaname = 'public'""",
}
_WATCHED = """
    with watched as (
      select c.oid from pg_class c
       where c.relnamespace = 'public'::regnamespace
         and (c.relname in ('access_tokens', 'modules') or c.relname like 'module\\_access%')
         and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S'))
"""


def catalog(dsn: str) -> dict[str, list[tuple[Any, ...]]]:
    """Columns, types, defaults, constraints, indexes, policies, grants and sequences, in a fixed order."""
    return {part: sorted(execute(dsn, _WATCHED + query), key=repr) for part, query in _PARTS.items()}
