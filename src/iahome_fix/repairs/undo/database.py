"""Takes back what the plan of an undo shows of the database, in transactions of a few seconds each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.errors import Refused, ToolError, UsageError
from iahome_fix.i18n import _
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs import emails as addresses
from iahome_fix.repairs.patience import patiently, quiet, refused
from iahome_fix.repairs.undo import rows as undo_rows
from iahome_fix.repairs.undo import schema as undo_schema
from iahome_fix.repairs.undo.rows import Rows
from iahome_fix.repairs.undo.undone import Undone, UndoneInPart
from iahome_fix.repairs.units import Share
from iahome_fix.schema import gap_words
from iahome_fix.systems.database import Statement
from iahome_fix.systems.database_errors import OutcomeUnknown, SqlError

if TYPE_CHECKING:
    from iahome_fix.profile import AppProfile
    from iahome_fix.repairs.undo.undo import UndoPlan
    from iahome_fix.systems.database import Database

AT_ONCE = 2_000
"""Rows that one transaction takes back; their ids come back with it, which keeps the answer short."""
_MORE_THAN_AGREED = "IF003"  # raised by sql/undo/within.sql
_SCHEMA_CHANGED = "IF005"  # raised by sql/undo/schema_agreed.sql
_DEPENDED_ON = "2BP01"
_NOT_DONE = "IF007"  # raised by sql/undo/within.sql
_OTHERS_LOST = "IF006"  # raised by sql/undo/within.sql
_PART_NOT_DONE = "IF008"  # raised by sql/undo/schema_kept.sql
# A rule in place of a statement of a WITH; a row that is still there, since its delete was dropped.
_INSTEAD = ("0A000", "23505")


def apply_database(
    db: Database,
    agreed: UndoPlan,
    on_wait: Callable[[str], None] = quiet,
    *,
    look_again: Callable[[], UndoPlan] | None = None,
    at_once: int = AT_ONCE,
) -> Undone:
    """Take back what the plan shows of the database: in one transaction, or where there are many rows in
    several (of `at_once` rows, about): first what of the schema is in their way, then the rows of some
    customers each, then the rest.

    Less than planned may come of it where somebody changed a row meanwhile, which stays (`missed`). A table
    in use is awaited a few times (`on_wait` hears of it). `look_again` gives what is left to take back, for
    where the answer to a transaction got lost. Raises Refused when nothing was written: there is
    more to take back, or the database does not do what it is told; UndoneInPart when a part was.
    """
    done = Undone()
    if not agreed.in_database:
        return done
    for unit in _units(agreed, at_once):
        try:
            done += _take_back(db, agreed, done, unit, on_wait)
        except OutcomeUnknown as unknown:
            became = look_again and _what_became(db, agreed, done, unit, look_again)
            if not became:
                raise (UndoneInPart(done, unknown) if done.in_database else unknown) from None
            done += became
        except ToolError as error:
            if done.in_database:
                raise UndoneInPart(done, error) from None
            raise
    return done


@dataclass(frozen=True)
class _Unit:
    """One transaction: whose rows (None: nobody's), what comes before them and after, parts of the schema.

    `items`: the parts that it takes back; `parts`: how many are taken back once it is done.
    """

    share: Share | None = None
    first: Sequence[Statement] = ()
    emails: Sequence[Statement] = ()
    last: Sequence[Statement] = ()
    items: frozenset[str] = frozenset()
    parts: int = 0


def _units(agreed: UndoPlan, at_once: int) -> Iterator[_Unit]:
    first, last = undo_schema.back(agreed.schema, agreed.run_id)
    items = frozenset(part.item for part in agreed.parts)
    at_last = frozenset(part.item for part in agreed.parts if undo_schema.goes_last(part))
    emails = addresses.back(agreed.emails)
    parts = len(agreed.parts)
    shares = Share.all(agreed.rows.to_do, at_once)
    if len(shares) == 1:
        yield _Unit(shares[0] if agreed.rows.to_do else None, first, emails, last, items, parts)
        return
    if first or emails:
        yield _Unit(first=first, emails=emails, items=items - at_last)
    for share in shares:
        yield _Unit(share)
    if last:
        # What was agreed is handed over again: it went with the first transaction.
        yield _Unit(first=first[:1], last=last, items=at_last, parts=parts)


def _take_back(
    db: Database,
    agreed: UndoPlan,
    so_far: Undone,
    unit: _Unit,
    on_wait: Callable[[str], None],
) -> Undone:
    whose = unit.share or Share(1, 0)
    most = {
        "most_deleted": agreed.rows.deletable - so_far.deleted,
        "most_restored": agreed.rows.restorable - so_far.restored,
        "most_emails": agreed.emails.restorable - so_far.emails,
        "parts": whose.parts,
        "part": whose.part,
    }
    statements = (
        Statement(sql.load("undo/agreed"), most),
        *unit.first,
        *(undo_rows.back(agreed.run_id, agreed.rows) if unit.share is not None else ()),
        *unit.emails,
        Statement(sql.load("undo/within")),
        *unit.last,
        Statement(sql.load("undo/done")),
    )
    try:
        done = patiently(lambda: db.transact(statements), on_wait)[0]
    except SqlError as error:
        raise _refusal(error, db, agreed) from None
    return Undone(
        deleted=int(done["deleted"]),
        restored=int(done["restored"]),
        emails=int(done["emails"]),
        schema=unit.parts,
        deleted_ids=tuple(json.loads(done["deleted_ids"])),
        restored_ids=tuple(json.loads(done["restored_ids"])),
    )


def _what_became(
    db: Database, agreed: UndoPlan, so_far: Undone, unit: _Unit, look_again: Callable[[], UndoPlan]
) -> Undone | None:
    """What a transaction took back whose answer got lost; None where it cannot be told that it did."""
    try:
        db.read("select 1 as settled", settled=True)
        left = look_again()
    except UsageError:
        left = replace(
            agreed, rows=Rows(), emails=addresses.Emails(), schema=()
        )  # nobody knows the run any more
    except ToolError:
        return None
    done = Undone(
        deleted=agreed.rows.deletable - so_far.deleted - left.rows.deletable,
        restored=agreed.rows.restorable - so_far.restored - left.rows.restorable,
        emails=agreed.emails.restorable - so_far.emails - left.emails.restorable,
    )
    there = {part.item for part in left.parts}
    is_made = not unit.items & there if unit.items else done.in_database
    return replace(done, schema=unit.parts) if is_made else None


def _refusal(error: SqlError, db: Database, agreed: UndoPlan) -> Refused:
    """Why a transaction was refused, of which nothing was kept."""
    if error.sqlstate == _MORE_THAN_AGREED:
        return Refused(
            "changed",
            _("more of that run can be undone now than the plan showed; nothing was changed"),
            _("if that run is still under way, wait for its end; then run the same command again"),
        )
    if error.sqlstate == _SCHEMA_CHANGED:
        return Refused(
            "changed",
            _("the schema changed since the plan was shown ({what}); nothing was undone").format(
                what=error.message
            ),
            _("run the same command again and look at the new plan"),
        )
    if error.sqlstate == _DEPENDED_ON:
        return Refused(
            "depended-on",
            _("something that others made rests on what would go ({reason}); nothing was undone").format(
                reason=error.said
            ),
            _("whoever made it (a view, a foreign key) has to remove it; then run the same command again"),
        )
    return _not_done(db, error, agreed.rows.bare.profile if agreed.rows.bare else MODULE_ACCESS)


def _not_done(db: Database, error: SqlError, profile: AppProfile) -> Refused:
    """The database said yes and did otherwise: what may be the reason is named."""
    try:
        found = [str(row["name"]) for row in db.read(sql.load("undo/in_the_way", profile))]
        of_schema = error.sqlstate == _PART_NOT_DONE
        names = [name for name in found if name.startswith("event trigger") is of_schema]
    except ToolError:
        names = []
    if error.sqlstate == _NOT_DONE:
        text = _(
            "{count} rows would not be as they were: the database keeps them, or changes them again;"
            " nothing was changed"
        ).format(count=error.message)
    elif error.sqlstate == _OTHERS_LOST:
        text = _(
            "{count} other accesses would be taken away with it, which a trigger or a rule does;"
            " nothing was changed"
        ).format(count=error.message)
    elif error.sqlstate == _PART_NOT_DONE:
        text = _("{item} would not be as it was after its statement; nothing was changed").format(
            item=error.message
        )
    elif error.sqlstate in _INSTEAD and names:
        text = _("the database does not do what undo asks of it ({reason}); nothing was changed").format(
            reason=error.message
        )
    else:
        return refused(error, db)
    return Refused(
        "not-undone",
        text,
        _("look at: {names}; with that disabled for a moment, run the same command again").format(
            names=", ".join(gap_words.thing(name) for name in names)
        )
        if names
        else None,
    )
