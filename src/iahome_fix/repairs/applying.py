"""Writes a plan in units: each a transaction of its own, tried again while a table is in use, on record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from iahome_fix.errors import Refused
from iahome_fix.profile import AppProfile
from iahome_fix.repairs import bare, units
from iahome_fix.repairs.patience import NOT_KEPT, not_kept, patiently, refused
from iahome_fix.repairs.reconcile import ready
from iahome_fix.repairs.reconcile.ready import Tables
from iahome_fix.repairs.units import Course, Record, Unit, Wrote
from iahome_fix.systems.database import Database, Row, Statement
from iahome_fix.systems.database_errors import SqlError

U = TypeVar("U", bound=Unit)


def require_ready(db: Database, profile: AppProfile) -> Tables:
    """Refuse tables that what writes accesses cannot be sure of; returns those that are there.

    Raises Refused (not-migrated where `migrate` helps), CouldNotTell where rows are hidden from the user.
    """
    return ready.require_ready(db) if profile.is_guides else bare.require_ready(db, profile)


def applied(
    db: Database,
    course: Course[U],
    statements: Callable[[U], Sequence[Statement]],
    *,
    record: Record,
    kept: Callable[[], int],
    refusal: Callable[[SqlError], Refused],
    on_wait: Callable[[str], None],
) -> int:
    """Write the units of the course one after the other; how many rows they made.

    `statements`: those of one unit, the last of which counts its rows. `kept`: how many rows of the run there
    are, asked where the answer to a commit got lost. `refusal`: why a unit was refused, of which nothing was
    kept. A table in use is awaited a few times (`on_wait` hears of it).

    Raises Refused where nothing was written, StoppedAfter where a part was.
    """

    def work(unit: U) -> int:
        parts = statements(unit)

        def once() -> Row:
            return patiently(lambda: db.transact(parts, witness=record.deciding), on_wait)[0]

        try:
            done = _again_unless_kept(once)
        except SqlError as error:
            raise refusal(error) from None
        record.known(done)
        return int(done["created"])

    for unit in course:
        course.take(unit, partial(work, unit), kept)
    course.end()
    return course.created


def _again_unless_kept(once: Callable[[], Row]) -> Row:
    """What the transaction gives; of which nothing was kept, it is made once more.

    Somebody may have ended an access while it was written, which looks as if the unit had taken it: what a
    trigger does it does again, and a person does not.
    """
    try:
        return once()
    except SqlError as error:
        if error.sqlstate != NOT_KEPT:
            raise
    return once()


def refused_unit(db: Database, profile: AppProfile, error: SqlError) -> Refused:
    """Why a unit was refused, of which nothing was kept."""
    if error.sqlstate == NOT_KEPT:
        return not_kept(error, profile.table.name)
    return refused(error, db)


def kept_of(db: Database, profile: AppProfile, run_id: str, origin: str, wrote: Wrote) -> int:
    """How many accesses of an origin (token, purchase) there are of a run, in the table of that version.

    Raises what `Database.read` raises, and CouldNotTell where the table says nothing of runs and no number of
    a transaction is known.
    """
    if profile.is_guides:
        return units.kept(db, run_id, origin)
    return bare.kept(db, wrote.versions, profile)
