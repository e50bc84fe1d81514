"""One run over the Data API in a later version's table, from what is due to what came of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from iahome_fix.errors import CouldNotTell, ToolError
from iahome_fix.repairs.api.bare.giving import give, lengthen
from iahome_fix.repairs.api.bare.refusals import not_kept, refused
from iahome_fix.repairs.api.bare.table import BareTable
from iahome_fix.repairs.api.refusals import changing, partly, untold
from iahome_fix.repairs.units import Batch, Course, StoppedAfter
from iahome_fix.systems.api_rows import ApiRefusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from iahome_fix.profile import AppProfile
    from iahome_fix.repairs.api.bare.giving import Due
    from iahome_fix.repairs.api.bare.record import BareWritten
    from iahome_fix.systems.data_api import DataApi

BATCH = 500
"""Rows per request: far within the 8 seconds that the Data API gives a statement."""
_ROUNDS = 3
"""How often an access is judged anew that somebody else gives or changes at the same moment."""
_APART = ("sql-refused",)
"""Refusals that may concern one customer alone: a constraint, a trigger."""


def require_ready(api: DataApi, profile: AppProfile) -> None:
    """Refuse what a run cannot be sure of. Raises Refused, CouldNotTell."""
    try:
        BareTable(api, profile).require_fit()
    except ApiRefusal as refusal:
        raise refused(refusal) from None


def run(
    table: BareTable, run_id: str, written: BareWritten, judged: Callable[[], Sequence[Due]]
) -> BareWritten:
    """Give what is due by `judged`, which is asked again where somebody else changes rows meanwhile.

    Whoever the database refuses keeps nobody else waiting. `written.stop` is PartlyApplied where a part was
    written and the rest was not, CouldNotTell where it cannot be told. Raises ToolError where nothing was.
    """
    failure: ToolError | None = None
    try:
        table.require_fit()
        due = judged()
        planned = len(due)
        for _round in range(_ROUNDS):
            missed: set[tuple[str | None, str | None]] = set()
            failure = _give_all(table, due, written, missed)
            if failure is not None or not missed:
                break
            due = [one for one in judged() if one.pair in missed]
            failure = changing(len(due)) if due else None
    except ApiRefusal as refusal:
        failure, planned = refused(refusal), 0
    if written.missing and failure is None:
        failure = not_kept(table.name, written.missing)
    return _concluded(run_id, written, planned, failure)


def _give_all(
    table: BareTable,
    due: Sequence[Due],
    written: BareWritten,
    missed: set[tuple[str | None, str | None]],
) -> ToolError | None:
    """Give what is due; what ended it before its end. `missed` takes what has to be judged anew."""
    fresh = [one for one in due if one.lengthens is None]
    running = [one for one in due if one.lengthens is not None]
    course = Course([*Batch.all(fresh, BATCH), *Batch.all(running, 1)], apart=_APART)
    try:
        for batch in course:
            course.take(batch, partial(_one, table, batch, written, missed), lambda: written.created)
        course.end()
    except StoppedAfter as stopped:
        return stopped.stop
    except ToolError as error:
        return error
    return None


def _one(
    table: BareTable,
    batch: Batch[Due],
    written: BareWritten,
    missed: set[tuple[str | None, str | None]],
) -> int:
    before = written.created
    due = batch.all_of_it
    try:
        if due[0].lengthens is None:
            missed.update(one.pair for one in give(table, due, written))
        else:
            missed.update(one.pair for one in due if not lengthen(table, one, written))
    except ApiRefusal as refusal:
        raise refused(refusal) from None
    return written.created - before


def _concluded(run_id: str, written: BareWritten, due: int, failure: ToolError | None) -> BareWritten:
    if failure is None:
        return written
    if written.wrote.pending is not None or isinstance(failure, CouldNotTell):
        written.stop = untold(failure, run_id, begun=written.created > 0)
    elif written.created or written.ended:
        written.stop = partly(failure, run_id, written.created, due)
    if written.stop is None or (not written.wrote.versions and written.wrote.pending is None):
        raise failure
    return written
