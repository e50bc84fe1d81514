"""How a repair meets a database that is busy or unwilling: patient with locks, exact about refusals."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from iahome_fix.domain.refusals import next_step_at_least
from iahome_fix.errors import CouldNotTell, Refused
from iahome_fix.i18n import N_, _, rendered
from iahome_fix.repairs.somebodys import refused_inside
from iahome_fix.systems.database import Database
from iahome_fix.systems.database_errors import SqlError

T = TypeVar("T")

_TRIES = 4
# A lock was not to be had in time, or two sessions waited for each other: the statement itself is right.
BUSY = ("55P03", "40P01")
_NOT_THERE = ("42P01", "42703")
READ_ONLY = "25006"
"""Also raised by sql/session/writable.sql."""
NOT_KEPT = "IF004"
"""Raised by the statements that look, at the end of a transaction, for what it wrote."""
_RAISED = (
    N_("{count} accesses were written and are not there"),
    N_("{count} other accesses were taken away for those that were written"),
    N_("module_access holds rows without an id of their own: {ids}"),
    N_("module_access holds module ids that modules does not have: {ids}"),
    N_("another column may say which accesses were withdrawn: add is_active by hand"),
)
"""What this tool's own statements raise (sql/*/kept, sql/backfill/within, sql/module_access)."""


def quiet(_text: str) -> None:
    """For callers who have nobody to tell that a lock is awaited."""


def patiently(work: Callable[[], T], on_wait: Callable[[str], None]) -> T:
    """What `work`, one transaction that is all or nothing, gives; tried a few times while a table is in use.

    Between two tries nothing waits behind this one, so that sales go on; `on_wait` hears of each.
    Raises Refused when the table stayed in use, SqlError for every other refusal of the server.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            return work()
        except SqlError as error:
            if error.sqlstate not in BUSY:
                raise
        if attempt < _TRIES:
            on_wait(_("a table is in use by somebody else; trying again"))
            time.sleep(attempt)
    raise Refused.unchanged(
        "locked",
        _("a table stayed in use by another session"),
        _("run the same command again at a quieter moment"),
    )


def refused(error: SqlError, db: Database | None = None) -> Refused:
    """What the server's refusal of a write means; the transaction is undone.

    `db`: to name the trigger where somebody's function refused it.
    """
    inside = refused_inside(error, db)
    if inside is not None:
        return inside
    if error.sqlstate == READ_ONLY:
        return Refused.unchanged(
            "read-only",
            _("the database takes no writes ({reason})").format(reason=error.said),
            _(
                "a full disk is the usual reason (Supabase: Database, Settings); where somebody set it for"
                " this user or this database, they know why; then run the same command again"
            ),
        )
    if error.sqlstate in _NOT_THERE:
        # The plan was made of what was there a moment ago.
        return Refused.unchanged(
            "changed",
            _("the tables changed since the plan was made ({reason})").format(reason=error.said),
            _("run the same command again and look at the new plan"),
        )
    if error.sqlstate == "42501":
        return Refused.unchanged(
            "rights",
            _("the database user may not do this: {reason}").format(reason=error.said),
            _("connect as the owner of the tables (postgres on Supabase)"),
        )
    return Refused.unchanged(
        "sql-refused",
        _("the database refused a step ({state}): {reason}").format(
            state=error.sqlstate, reason=rendered(error.said, _RAISED)
        ),
        next_step_at_least(error),
    )


def not_kept(error: SqlError, table: str) -> Refused:
    """What a transaction wrote was not there at its end (NOT_KEPT), so nothing of it was kept."""
    return Refused.unchanged(
        "not-kept",
        _("the database did not keep what was written ({reason})").format(
            reason=rendered(error.message, _RAISED)
        ),
        _(
            "look for a trigger or a rule on {table} that drops, moves, shortens or deactivates rows; where a"
            " person changed accesses at that moment, run the same command again"
        ).format(table=table),
    )


def untold(error: SqlError) -> CouldNotTell:
    """What the server's refusal of a read means: nothing is known, and nothing was changed."""
    return CouldNotTell(
        "sql",
        _("the database did not let the tables be looked at ({state}): {reason}").format(
            state=error.sqlstate, reason=error.said
        ),
        _("connect as the owner of the tables (postgres on Supabase)") if error.sqlstate == "42501" else None,
    )
