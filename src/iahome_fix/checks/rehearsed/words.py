"""What rehearsed sales met, in the words of findings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from iahome_fix.checks.schema import row_triggers
from iahome_fix.domain.refusals import (
    GIVEN,
    command_of,
    denied_object,
    is_of_another_row,
    may_be_of_another_row,
    next_step,
)
from iahome_fix.facts.queries import of_database
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iahome_fix.facts.rehearsals import Obstacle, One, Rehearsed
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.database_errors import SqlError

QUERIES = ("checks/denied_objects",)
"""What these read."""


def met(ctx: Seen, obstacle: Obstacle, *, change: bool = False) -> str:
    """What became of the row, and what did it: half a sentence. `change`: of a row that was there."""
    if obstacle.error is not None:
        error = obstacle.error
        return _("refused ({state}): {reason}{called}").format(
            state=error.sqlstate,
            reason=error.said,
            called=row_triggers.which_call(ctx, error.named.functions)
            + _changed_by(ctx, error, change=change),
        )
    names = ", ".join(_candidates(ctx, obstacle, change=change))
    by = _(" (triggers: {names})").format(names=names) if names else ""
    if change and obstacle.effect == "changed":
        return _("left with its old {columns}{by}").format(columns=", ".join(obstacle.columns), by=by)
    if obstacle.effect == "dropped":
        return _("left out without an error{by}").format(by=by)
    if obstacle.effect == "removed":
        return _("written, and gone again in the same transaction{by}").format(by=by)
    if obstacle.effect == "at-cost":
        return _("written, and another access of the same customer's is gone for it{by}").format(by=by)
    return _("written with another {columns} than the handler's, so the page does not show it{by}").format(
        columns=", ".join(obstacle.columns), by=by
    )


def hint(ctx: Seen, obstacle: Obstacle, role: str, *, change: bool = False) -> str:
    """What a person does about it."""
    if obstacle.error is not None and not (
        is_of_another_row(obstacle.error) and _candidates(ctx, obstacle, change=change)
    ):
        grants = _grants(ctx, obstacle.error, role)
        ways = [way for way in (grants, next_step(obstacle.error)) if way]
        return "; ".join(ways) or _("ask whoever made it")
    statements = [
        f'alter table public.module_access disable trigger "{name}"'
        for name in _candidates(ctx, obstacle, change=change)
    ]
    if not statements:
        return _("ask whoever made the table")
    return _("ask what it is for; to turn it off, in the SQL editor: {statements}").format(
        statements="; ".join(statements)
    )


def _candidates(ctx: Seen, obstacle: Obstacle, *, change: bool) -> list[str]:
    """The triggers that may have done it to the row."""
    if obstacle.error is not None:
        return _first_to_see(ctx, change=change)
    return [
        one.name
        for one in row_triggers.all_of(ctx)
        if (one.on_update if change else one.on_insert) and (one.may_drop or obstacle.effect != "dropped")
    ]


def _first_to_see(ctx: Seen, *, change: bool) -> list[str]:
    """The triggers that may give the row another owner, module, end or state before it is kept."""
    return [
        one.name
        for one in row_triggers.all_of(ctx)
        if (one.on_update if change else one.on_insert)
        and one.may_drop
        and not one.known
        and not (one.only_assigns and GIVEN.isdisjoint(re.findall(r"\w+", one.body.lower())))
    ]


def _changed_by(ctx: Seen, error: SqlError, *, change: bool) -> str:
    """The end of a sentence: what may have made another row of it; empty where nothing does."""
    names = _first_to_see(ctx, change=change) if may_be_of_another_row(error) else []
    if not names:
        return ""
    return _(", after the row was handed to the triggers {names}, which may change it").format(
        names=", ".join(names)
    )


def evidence(rehearsed: Rehearsed | None) -> dict[str, Any]:
    """What of it a document has."""
    if rehearsed is None or not rehearsed.ones:
        return {}
    accepted = sum(one.of_grant is None and one.own_right is None for one in rehearsed.ones)
    return {"rehearsed": {"role": rehearsed.role, "sales": len(rehearsed.ones), "accepted": accepted}}


def named(obstacle: Obstacle) -> dict[str, Any]:
    """The objects that the server named, for a document."""
    if obstacle.error is None:
        return {"effect": obstacle.effect}
    at = obstacle.error.named
    return {
        "effect": obstacle.effect,
        "sqlstate": obstacle.error.sqlstate,
        "schema": at.schema,
        "table": at.table,
        "column": at.column,
        "constraint": at.constraint,
        "functions": list(at.functions),
    }


def modules_of(ones: Sequence[One]) -> str:
    """The modules of some sales."""
    return ", ".join(sorted({one.sale.module for one in ones}))


def _grants(ctx: Seen, error: SqlError, role: str) -> str:
    asked = denied_object(error)
    if error.sqlstate != "42501" or asked is None:
        return ""
    rows = of_database(ctx, "checks/denied_objects", {"role": role, **asked, "privilege": command_of(error)})
    if not rows:
        return ""
    return _("in the SQL editor: {statements} (or make the function security definer)").format(
        statements=" / ".join(str(row["statement"]) for row in rows)
    )
