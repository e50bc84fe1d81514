"""Lengthening an access that still runs, over the Data API: one guarded request on its row.

With SQL the row makes way for a new one in one transaction; two requests would leave its customer without any
in between. So the row itself becomes what the new one would be, its id apart, and holds what it was before
(`lengthened_before`), by which undo goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.repairs.api.images import IMAGE, LENGTHENED, lengthened
from iahome_fix.repairs.api.refusals import not_kept
from iahome_fix.repairs.api.tables import ACCESSES
from iahome_fix.repairs.moments import moment
from iahome_fix.systems import api_rows
from iahome_fix.systems.api_rows import ApiRefusal
from iahome_fix.systems.expected import UnexpectedResponse

if TYPE_CHECKING:
    from iahome_fix.errors import ToolError
    from iahome_fix.repairs.api.written import Written
    from iahome_fix.systems.data_api import DataApi
    from iahome_fix.systems.database import Row

_TIMES = ("expires_at", "created_at", "updated_at")


def lengthen(api: DataApi, due: Row, run_id: str, written: Written) -> bool:
    """Give the access that `due["lengthens"]` shows the end of `due`; `written` counts what was done.

    `due`: a row of sql/reconcile/granted.sql. A lost answer is looked up. False where somebody changed the
    row since it was judged: it is left as it is. Raises ApiRefusal, UnexpectedResponse; Refused (not-kept)
    where the database says yes and does nothing.
    """
    judged = due["lengthens"]
    row = _row(api, judged["id"])
    if row is None or not _is_as_judged(judged, row):
        return False
    values, unchanged = lengthened(row, due, run_id)
    failure: ToolError | None = None
    done = False
    try:
        reply = api_rows.update(api, ACCESSES, values, unchanged)
        failure = None if reply.code is None else ApiRefusal(ACCESSES, reply)
        done = failure is None and bool(reply.rows)
    except UnexpectedResponse as lost:
        failure = lost
    if not done:
        row = _row(api, judged["id"]) if failure is None else _row_after(api, judged["id"], failure)
        done = row is not None and _is_of(row, run_id)
    if done:
        written.posted += 1
        written.acknowledged += 1
    elif failure is not None:
        raise failure
    elif row is not None and row["xmin"] == unchanged["xmin"]:
        raise not_kept(1)
    return done


def _row(api: DataApi, row_id: str) -> Row | None:
    return next(iter(api_rows.by_ids(api, ACCESSES, IMAGE, [row_id])), None)


def _row_after(api: DataApi, row_id: str, failure: ToolError) -> Row | None:
    """The row after a request of which it is not known what became; raises `failure` where it is not told."""
    try:
        return _row(api, row_id)
    except (ApiRefusal, UnexpectedResponse):
        raise failure from None


def _is_of(row: Row, run_id: str) -> bool:
    """Whether this run lengthened it."""
    held = row["metadata"]
    return isinstance(held, dict) and held.get("run_id") == run_id and LENGTHENED in held


def _is_as_judged(judged: Row, row: Row) -> bool:
    """Whether a row is still what the verdict rests on."""
    return all(_value(name, value) == _value(name, row[name]) for name, value in judged.items())


def _value(name: str, value: Any) -> Any:
    """The same for the copy, which has ids as text, and for the Data API."""
    if name in _TIMES:
        return moment(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
