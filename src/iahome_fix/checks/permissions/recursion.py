"""Policies that end in 42P17, reading their own table, or each other's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iahome_fix.checks.permissions.read_policies import Policy, read_policies
from iahome_fix.facts.queries import of_database
from iahome_fix.i18n import _
from iahome_fix.identifiers import quoted
from iahome_fix.model import Finding, fail

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.database_errors import SqlError

POLICIES = "select polname from pg_policy where polrelid = 'public.{table}'::regclass"
"""What a person runs to see the policies of a table."""
_MOST_IN_A_CIRCLE = 4


def recursion(ctx: Seen, role: str, table: str, error: SqlError) -> Finding:
    """PostgreSQL names the table whose policy reads itself; it may be another one than was asked for."""
    found = re.search(r'relation "([^"]+)"', error.message)
    guilty = found[1] if found else table
    rows = of_database(ctx, "checks/recursive_policies", {"relation": guilty})
    names = [str(row["policy"]) for row in rows]
    circle = [] if names else _circle(ctx, role, guilty)
    if circle:
        return fail(
            _(
                "reading {table} as a customer ends in policies that query each other's tables (42P17):"
                " {names}"
            ).format(table=table, names=", ".join(f"{p.name} on {p.table}" for p in circle)),
            hint=_(
                "whoever made them breaks the circle: one of them asks through a function that is security"
                " definer (set search_path = ''), which no policy holds up"
            ),
            table=guilty,
            policies=[p.name for p in circle],
            sqlstate=error.sqlstate,
        )
    return fail(
        _("reading {table} as a customer ends in a policy that queries its own table (42P17)").format(
            table=table
        )
        + (_(": {names} on {guilty}").format(names=", ".join(names), guilty=guilty) if names else ""),
        hint=_("drop it and keep the policy for the own row; in the SQL editor: {statements}").format(
            statements="; ".join(f"drop policy {quoted(name)} on public.{guilty}" for name in names)
            or POLICIES.format(table=guilty)
        ),
        table=guilty,
        policies=names,
        sqlstate=error.sqlstate,
    )


def _circle(ctx: Seen, role: str, table: str) -> list[Policy]:
    """Policies of several tables, each of which reads the next one's, back to `table`; empty where none is
    seen."""
    ways: list[list[Policy]] = [[]]
    for _step in range(_MOST_IN_A_CIRCLE):
        longer: list[list[Policy]] = []
        for way in ways:
            reached = [name for name in way[-1].relations if name != way[-1].table] if way else [table]
            for policy in read_policies(ctx, role, reached):
                if policy.is_view:
                    continue
                if table in policy.relations and way:
                    return [*way, policy]
                if policy.relations and policy not in way:
                    longer.append([*way, policy])
        ways = longer
    return []
