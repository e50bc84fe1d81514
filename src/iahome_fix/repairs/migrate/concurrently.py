"""What would read a large table from end to end while a lock stops sales is done beside the running shop.

Indexes are built with `create index concurrently`, a foreign key is checked with `validate constraint`: both
let rows be written meanwhile, and a build may stand in no transaction (PostgreSQL, "Building Indexes
Concurrently"). An interrupted one leaves an invalid index; the next run removes it first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.errors import CouldNotTell, PartlyApplied, Refused, ToolError
from iahome_fix.i18n import _
from iahome_fix.repairs.migrate.building import watching
from iahome_fix.repairs.patience import BUSY
from iahome_fix.repairs.schema.differences import differences
from iahome_fix.systems.database_errors import OutcomeUnknown, SqlError

if TYPE_CHECKING:
    from iahome_fix.repairs.migrate.taken import Taken
    from iahome_fix.systems.database import Database, Row

_LEFTOVERS = "087_half_built_indexes"
STEPS = frozenset({"075_foreign_key_checked", _LEFTOVERS, "090_unique_index", "100_indexes"})
"""The requirements that can be met without stopping sales."""
REWRITES = frozenset({"020_columns", "030_primary_key", "050_module_type", "060_owner_type"})
"""Those that may write the whole table anew, for which there is no such way; they are rare, and said."""
_TRIES = 4
# Somebody else made the same index, or removed the same leftover, a moment earlier.
_OVERTAKEN = ("42P07", "42704")
_NOT_UNIQUE = "23505"
# What these statements make: somebody else's change of the same moment is not the run's.
_MADE = ("index ", "constraint ")


def is_wanted(db: Database) -> bool:
    """Is module_access large enough for it? Reads only."""
    return bool(db.read(sql.load("migrate/is_large"))[0]["large"])


def statements(db: Database) -> list[Row]:
    """What is left to do, as rows of requirement and statement, in their order. Reads only."""
    return db.read(sql.load("migrate/concurrently"), patient=True)


def run(
    db: Database,
    agreed: Sequence[str],
    *,
    tell: Callable[[str], None],
    end_duplicates: Callable[[], None],
    taken: Taken,
) -> None:
    """Run what is left of the agreed requirements, one statement after the other.

    `end_duplicates` is called when a row came in meanwhile that the unique index cannot hold; `taken` gets
    the requirements that something was done for, and what it changed.

    Raises PartlyApplied when one of them cannot be met and something was done before it, else Refused.
    """
    failure: ToolError | None = None
    before = db.read(sql.load("undo/schema"))

    def note(requirement: str) -> None:
        """Take in what is there now and was not before."""
        nonlocal before
        after = db.read(sql.load("undo/schema"))
        ours = [d for d in differences(before, after) if d["item"].startswith(_MADE)]
        before = after
        taken.add([requirement], ours)

    unheard: set[str] = set()
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(attempt)
        try:
            with db.alone() as execute:
                # What an attempt of this run left half-built goes, too, though no plan could hold it.
                left = [row for row in statements(db) if row["requirement"] in (*agreed, _LEFTOVERS)]
                # A statement whose answer got lost was run, if it is not left any more.
                for requirement in unheard - {row["requirement"] for row in left}:
                    note(requirement)
                unheard.clear()
                for row in left:
                    tell(_("beside the running shop: {statement}").format(statement=row["statement"]))
                    unheard.add(row["requirement"])
                    taken.begin(row["statement"])
                    with watching(db):
                        execute(row["statement"])
                    unheard.clear()
                    note(row["requirement"])
        except OutcomeUnknown as error:
            failure = error
        except SqlError as error:
            failure = error
            if error.sqlstate not in (*BUSY, *_OVERTAKEN, _NOT_UNIQUE):
                break
            unheard.clear()
        except ToolError as error:
            failure = error
            break
        else:
            return
        if isinstance(failure, SqlError) and failure.sqlstate == _NOT_UNIQUE:
            tell(_("a customer got a second active row meanwhile; it is deactivated, then once more"))
            try:
                end_duplicates()
            except ToolError as error:
                failure = error
    raise _not_built(failure, taken.steps)


def _not_built(failure: ToolError | None, taken: Sequence[str]) -> ToolError:
    reason = failure.message if failure else ""
    if isinstance(failure, Refused) and failure.code == "locked":
        reason = _("a customer got a second active row meanwhile, and it is in use by another session")
    if isinstance(failure, SqlError) and failure.sqlstate == "57014":
        reason = _("it took longer than the server allows; a transaction that stays open may be in its way")
    if isinstance(failure, OutcomeUnknown):
        reason = _("whether it was done is not known: the answer of the database got lost")
    hint = _("run the same command again: it does what is left, and removes a half-built index first")
    if taken:
        return PartlyApplied(
            "not-built",
            _("{count} steps are applied; the next, beside the running shop, was not: {reason}").format(
                count=len(taken), reason=reason
            ),
            hint,
        )
    if isinstance(failure, OutcomeUnknown):
        return CouldNotTell("not-built", reason, hint)
    return Refused(
        "not-built",
        _("the first step, beside the running shop, was not done: {reason}").format(reason=reason),
        hint,
    )
