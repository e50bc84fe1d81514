"""A run on record: before it writes, and after."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from iahome_fix.errors import PartlyApplied, ToolError
from iahome_fix.i18n import _
from iahome_fix.repairs.journal.journal import journal_of
from iahome_fix.repairs.journal.run import APPLIED, FAILED, INTERRUPTED, PARTLY, STARTED, UNKNOWN
from iahome_fix.systems.database_errors import OutcomeUnknown
from iahome_fix.systems.stopping import held_back

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iahome_fix.cli.frame import Frame
    from iahome_fix.repairs.journal.journal import Journal
    from iahome_fix.repairs.journal.run import Run
    from iahome_fix.systems.database import Database


class Changes(dict[str, Any]):
    """What a run changed so far. `keep` puts it on record at once, whatever becomes of the run.

    `on_record`: whether the run could be noted the last time. `needs`: what is raised before anything is
    committed that could not be noted, where nothing but the journal would know it. `state`: how the run
    ended, where its block ends without an error and yet not all was applied; `some`: a part of the plan is
    applied, so that an error that comes now ends the run as partly applied.
    """

    def __init__(self, keep: Callable[[Changes, str], bool]) -> None:
        super().__init__()
        self._keep = keep
        self.state = APPLIED
        self.some = False
        self.on_record = True
        self.needs: ToolError | None = None

    def keep(self, **more: Any) -> None:
        """Add `more` and write the journal."""
        self.update(more)
        self.on_record = self._keep(self, STARTED)

    def decide(self, **more: Any) -> None:
        """The same right before a commit: until its answer is here, nobody knows what became of it."""
        self.update(more)
        self.on_record = self._keep(self, UNKNOWN)
        self.require()

    def require(self) -> None:
        """Raise `needs`, where what was to be noted before it is done could not be."""
        if self.needs is not None and not self.on_record:
            raise self.needs

    def stopped(self, error: ToolError) -> None:
        """Note that not all was applied, though the block ends without an error; `error`: why."""
        self.state = PARTLY if isinstance(error, PartlyApplied) else UNKNOWN


@contextmanager
def recorded(frame: Frame, run_id: str, plan: Any) -> Iterator[Changes]:
    """Note the run, then let the block write and put what it changed into the dictionary that it gets.

    A journal that cannot be written is said and does not stop a repair: the rows carry the run's id.
    """
    journal = journal_of(frame.settings)
    run = _begin(frame, journal, run_id, plan)

    def note(state: str, changes: Changes, *, over: bool = True) -> bool:
        return run is not None and _note(frame, journal, run, state, changes, over=over)

    changes = Changes(lambda so_far, state: note(state, so_far, over=False))
    changes.on_record = run is not None
    state = FAILED
    try:
        yield changes
        state = changes.state
    except KeyboardInterrupt:
        state = INTERRUPTED
        raise
    except OutcomeUnknown as unknown:
        state = PARTLY if changes.some else UNKNOWN
        raise unknown.of_run(run_id, frame.settings.command("undo", run_id, "--dry-run")) from None
    except ToolError as error:
        if changes.some or isinstance(error, PartlyApplied):
            state, error.run_id = PARTLY, run_id
        raise
    finally:
        # Whoever asks for an end while this is written waits for it.
        with held_back():
            note(state, changes)


def note_rows(
    db: Database, run_id: str, counts: Any, changes: dict[str, Any], versions: list[str] | None = None
) -> None:
    """Keep what `undo` has to know of the rows that were just written, and which they are.

    `versions`: the numbers of the transactions that wrote them. The ids are kept if the database answers.
    """
    from iahome_fix.repairs.undo.rows import record

    changes["rows"] = {"counts": counts, "versions": versions or []}
    with suppress(ToolError):
        changes["rows"] |= record(db, run_id)


def _begin(frame: Frame, journal: Journal, run_id: str, plan: Any) -> Run | None:
    try:
        return journal.begin(run_id, frame.command, frame.target(), plan, reason=frame.reason)
    except OSError as error:
        _say_unwritten(frame, journal, error)
        return None


def _note(
    frame: Frame, journal: Journal, run: Run, state: str, changes: dict[str, Any], *, over: bool
) -> bool:
    try:
        if over:
            journal.end(run, state, changes)
        else:
            journal.go_on(run, changes, state)
    except OSError as error:
        _say_unwritten(frame, journal, error)
        return False
    return True


def _say_unwritten(frame: Frame, journal: Journal, error: OSError) -> None:
    frame.say(
        _(
            "the journal in {folder} cannot be written ({reason}): undo will know this run by the rows that"
            " carry its id, and nothing of the schema, the addresses or the endpoint"
        ).format(folder=journal.folder, reason=error.strerror or type(error).__name__),
        "warn",
    )
