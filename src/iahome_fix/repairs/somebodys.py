"""A statement that was refused for somebody's function: which one, what calls it, and who has to act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.domain.refusals import is_of_another_row, next_step
from iahome_fix.errors import Refused, ToolError
from iahome_fix.i18n import _, joined
from iahome_fix.identifiers import quoted
from iahome_fix.profile.model import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iahome_fix.systems.database import Database
    from iahome_fix.systems.database_errors import SqlError


def refused_inside(error: SqlError, db: Database | None) -> Refused | None:
    """The refusal of a write, where a function of somebody else made it; None where none did.

    `db`: to find the trigger that calls the function; without it, or where it cannot be asked, the function
    alone is named. This tool makes no functions.
    """
    functions = error.named.functions
    if is_of_another_row(error):
        return _of_another_row(error, db)
    if not functions:
        return None
    found = _triggers(db, "triggers_of", {"functions": list(functions)})
    of_schema = [name for name, table in found if table is None]
    if of_schema:
        return _of_schema(error, of_schema[0])
    triggers = [(name, table) for name, table in found if table is not None]
    called = (
        _(", which {triggers} calls").format(
            triggers=", ".join(
                _("the trigger {name} on {table}").format(name=n, table=t) for n, t in triggers
            )
        )
        if triggers
        else ""
    )
    writes = not triggers or any(table in TABLES for _name, table in triggers)
    ways = [
        _(
            "the function is none of this tool's: whoever made it has to correct it, or remove its"
            " trigger; until then the webhook is refused in the same way"
        )
        if writes
        else _(
            "the function is none of this tool's: whoever made it has to correct it, or remove its trigger"
        ),
        next_step(error),
    ]
    return Refused.unchanged(
        "refused-in-function",
        _("the database refused a step ({state}): {reason}{called}").format(
            state=error.sqlstate, reason=error.said, called=called
        ),
        joined(*(way for way in ways if way)),
    )


def _of_schema(error: SqlError, trigger: str) -> Refused:
    """The refusal of a change of the schema by an event trigger."""
    return Refused.unchanged(
        "refused-in-function",
        _("the database refused a step ({state}): {reason}, which the event trigger {name} calls").format(
            state=error.sqlstate, reason=error.said, name=trigger
        ),
        _(
            "whoever made it decides whether the schema may be changed; in the SQL editor, before: {before};"
            " then run the same command again; after: {after}"
        ).format(
            before=f"alter event trigger {quoted(trigger)} disable",
            after=f"alter event trigger {quoted(trigger)} enable",
        ),
    )


def _of_another_row(error: SqlError, db: Database | None) -> Refused | None:
    """The refusal of a row that was changed before it was kept; None where no trigger may have done it."""
    place = f"{error.named.schema or 'public'}.{error.named.table}"
    triggers = _triggers(db, "triggers_before", {"table": place})
    if not triggers:
        return None
    return Refused.unchanged(
        "refused-in-function",
        _(
            "the database refused a step ({state}): {reason}, after {triggers} may have changed the row"
        ).format(
            state=error.sqlstate,
            reason=error.said,
            triggers=", ".join(
                _("the trigger {name} on {table}").format(name=n, table=t) for n, t in triggers
            ),
        ),
        _(
            "the trigger is none of this tool's: whoever made it has to correct it, or remove it;"
            " until then the webhook is refused in the same way; in the SQL editor: {statements}"
        ).format(
            statements="; ".join(
                f"alter table {place} disable trigger {quoted(name)}" for name, _table in triggers
            )
        ),
    )


def _triggers(db: Database | None, query: str, values: Mapping[str, object]) -> list[tuple[str, str | None]]:
    if db is None:
        return []
    try:
        rows = db.read(sql.load(f"repair/{query}"), values)
    except ToolError:
        return []
    return [(str(row["trigger"]), str(row["table"]) if row["table"] is not None else None) for row in rows]
