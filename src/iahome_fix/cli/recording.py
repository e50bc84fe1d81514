"""A run on record: before it writes, and after."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from iahome_fix.errors import ToolError
from iahome_fix.i18n import _
from iahome_fix.repairs.journal import APPLIED, FAILED, INTERRUPTED, journal_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iahome_fix.cli.frame import Frame
    from iahome_fix.repairs.journal import Journal, Run
    from iahome_fix.systems.database import Database


@contextmanager
def recorded(frame: Frame, run_id: str, plan: Any) -> Iterator[dict[str, Any]]:
    """Note the run, then let the block write and put what it changed into the dictionary that it gets.

    A journal that cannot be written is said and does not stop a repair: the rows carry the run's id.
    """
    journal = journal_of(frame.settings)
    run = _begin(frame, journal, run_id, plan)
    changes: dict[str, Any] = {}
    state = FAILED
    try:
        yield changes
        state = APPLIED
    except KeyboardInterrupt:
        state = INTERRUPTED
        raise
    finally:
        if run is not None:
            _end(frame, journal, run, state, changes)


def note_rows(db: Database, run_id: str, counts: Any, changes: dict[str, Any]) -> None:
    """Keep what `undo` has to know of the rows that were just written, as far as the database answers."""
    from iahome_fix.repairs.undo import versions

    changes["rows"] = {"counts": counts, "versions": None}
    with suppress(ToolError):
        changes["rows"]["versions"] = versions(db, run_id)


def _begin(frame: Frame, journal: Journal, run_id: str, plan: Any) -> Run | None:
    try:
        return journal.begin(run_id, frame.command, frame.target(), plan)
    except OSError as error:
        _say_unwritten(frame, journal, error)
        return None


def _end(frame: Frame, journal: Journal, run: Run, state: str, changes: dict[str, Any]) -> None:
    try:
        journal.end(run, state, changes)
    except OSError as error:
        _say_unwritten(frame, journal, error)


def _say_unwritten(frame: Frame, journal: Journal, error: OSError) -> None:
    frame.say(
        _(
            "the journal in {folder} cannot be written ({reason}); the rows carry the run's id all the same"
        ).format(folder=journal.folder, reason=error.strerror or type(error).__name__),
        "warn",
    )
