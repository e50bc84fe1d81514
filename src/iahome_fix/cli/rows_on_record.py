"""Rows that are written over SQL, with what `undo` has to know of them put on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.cli.recording import note_rows
from iahome_fix.errors import Refused
from iahome_fix.i18n import _
from iahome_fix.repairs import bare
from iahome_fix.repairs.units import StoppedAfter, Wrote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from iahome_fix.cli.recording import Changes
    from iahome_fix.profile import AppProfile
    from iahome_fix.repairs.api.bare.record import Keep
    from iahome_fix.repairs.units import Note
    from iahome_fix.systems.database import Database


def write(
    db: Database,
    profile: AppProfile,
    changes: Changes,
    run_id: str,
    most: int,
    work: Callable[[Wrote, Note], int],
) -> tuple[int, StoppedAfter | None]:
    """How many rows `work` made, and why not all of them.

    `work` gets what takes the numbers of its transactions and the ids of the rows, and what to call around
    each commit. `most`: how many rows the plan has.

    Raises Refused (no-journal) before anything is written into such a table, where the journal cannot be
    written, and what `work` raises.
    """
    require_record(profile, changes)
    wrote = Wrote()
    stop: StoppedAfter | None = None

    def note(deciding: bool) -> None:
        rows: dict[str, Any] = {"counts": {}, "versions": wrote.versions}
        if not profile.is_guides:
            # Where the answer is lost, all that the plan has may have been made.
            rows = bare.on_record(profile, most, wrote)
        (changes.decide if deciding else changes.keep)(rows=rows)

    try:
        created = work(wrote, note)
    except StoppedAfter as error:
        created, stop = error.count, error
    if profile.is_guides:
        note_rows(db, run_id, {"created": created}, changes, wrote.versions)
    else:
        changes["rows"] = bare.on_record(profile, created, wrote)
    return created, stop


def keeping(profile: AppProfile, changes: Changes) -> Keep:
    """What a run over the Data API puts its rows on record with. Raises Refused (no-journal)."""
    require_record(profile, changes)

    def keep(rows: Mapping[str, Any], deciding: bool) -> None:
        (changes.decide if deciding else changes.keep)(rows=rows)

    return keep


def require_record(profile: AppProfile, changes: Changes) -> None:
    """Refuse to write what nobody could take back: only the journal knows the rows of such a table.

    The same is refused before each commit that cannot be noted.
    """
    if profile.is_guides:
        return
    changes.needs = Refused.unchanged(
        "no-journal",
        _("the journal cannot be written, and {table} says nothing of runs: undo would not know").format(
            table=profile.table.name
        ),
    )
    changes.require()
