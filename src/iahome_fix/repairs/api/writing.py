"""Writing accesses over the Data API, where each request is a transaction of its own.

The order is such that nobody has less than before, wherever a run is killed: a row that is over is switched
off first, which was nobody's access any more, and the new one is inserted in the next request. What was
written stays when a later request is refused, each row carries the run's id, and the next run does the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from iahome_fix.errors import CouldNotTell, ToolError
from iahome_fix.repairs.api.images import IMAGE, deactivated, signed
from iahome_fix.repairs.api.refusals import partly, untold, unwritten
from iahome_fix.repairs.api.tables import ACCESSES, Access, active
from iahome_fix.repairs.api.written import Written, look_again
from iahome_fix.repairs.moments import is_past, now_utc
from iahome_fix.systems import api_rows
from iahome_fix.systems.api_rows import ApiRefusal
from iahome_fix.systems.expected import UnexpectedResponse

if TYPE_CHECKING:
    from iahome_fix.systems.data_api import DataApi, Reply
    from iahome_fix.systems.database import Row

BATCH = 500
"""Rows per request: far within the 8 seconds that the Data API gives a statement."""
_FEW = 8  # rows for which halving costs less than reading the table again


def give(
    api: DataApi, accesses: Sequence[Access], rows: Sequence[Row], run_id: str, written: Written
) -> list[Any]:
    """Make way for these rows, then insert them; `written` counts what was acknowledged.

    `accesses`: the active ones; `rows`: as they are written, but for `run_id` and fingerprint in their
    metadata. Gives the rows that were ended. Raises ApiRefusal, UnexpectedResponse.
    """
    ended = []
    for row in _end_expired(api, accesses, {pair(one) for one in rows if one["is_active"]}, run_id):
        ended.append(row)
        written.acknowledged += 1
    in_place_of = {pair(row): str(row["id"]) for row in ended}
    for inserted in _insert(api, [_whole(row, run_id, in_place_of) for row in rows]):
        written.posted += inserted
        written.acknowledged += inserted
    return ended


def concluded(api: DataApi, run_id: str, written: Written, due: int, failure: ToolError | None) -> Written:
    """What a run did, by what is there of it, whatever was said of its requests; `failure`: what ended it.

    `Written.stop` is PartlyApplied where a part was written and the rest was not, CouldNotTell where it
    cannot be told. Raises `failure` where nothing was written.
    """
    if isinstance(failure, ApiRefusal):
        failure = unwritten(failure)
    # What became of the last request is not said then: it is looked up.
    doubtful = isinstance(failure, CouldNotTell)
    try:
        failure = look_again(api, run_id, written, due) or (
            None if doubtful and written.created >= due else failure
        )
    except (ApiRefusal, UnexpectedResponse) as blind:
        if written.acknowledged or doubtful:
            failure = untold(failure or blind, run_id, begun=written.acknowledged > 0)
        written.created = written.posted
        written.stop = failure or blind
        return written
    if failure is not None and not written.created and not written.ended:
        raise failure
    written.stop = partly(failure, run_id, written.created, due) if failure else None
    return written


def pair(row: Row) -> tuple[str, str]:
    """The customer and the module."""
    return str(row["user_id"]), str(row["module_id"])


def _whole(row: Row, run_id: str, in_place_of: dict[tuple[str, str], str]) -> Row:
    """The row with the run in its metadata, the row that made way for a purchase, and the fingerprint."""
    former = in_place_of.get(pair(row))
    if former is not None and row["access_type"] == "purchase":
        row = {**row, "metadata": {**row["metadata"], "replaces": former}}
    return signed(row, run_id)


def _end_expired(
    api: DataApi, rows: Sequence[Access], pairs: Collection[tuple[str, str]], run_id: str
) -> Iterator[Row]:
    """Deactivate the rows that are active but over and hold the place of a new one; yields what they held.

    One that somebody changed since it was read stays as it is.
    """
    now = now_utc()
    ids = [a.row_id for a in rows if is_past(a.expires_at, now) and (a.owner, a.module_id) in pairs]
    for row in list(api_rows.by_ids(api, ACCESSES, IMAGE, ids)) if ids else ():
        if row["is_active"] is not True or not is_past(row["expires_at"], now):
            continue
        values, unchanged = deactivated(row, "expired", run_id)
        reply = api_rows.update(api, ACCESSES, values, unchanged)
        if reply.code is not None:
            raise ApiRefusal(ACCESSES, reply)
        if reply.rows:
            yield row


def _insert(api: DataApi, rows: list[Row]) -> Iterator[int]:
    """Insert what can be inserted; yields how many rows each request made.

    PostgREST cannot name a partial unique index as the target of an upsert, so a batch is a plain insert.
    One that meets a row somebody else made meanwhile is sent again without what is covered by now, then in
    halves.
    """
    if not rows:
        return
    reply = api_rows.insert(api, ACCESSES, rows)
    if reply.code is None:
        yield len(rows)
    elif _is_covered(reply) and len(rows) > _FEW:
        there = {(a.owner, a.module_id) for a in active(api)}
        left = [row for row in rows if pair(row) not in there]
        yield from _insert(api, left) if len(left) < len(rows) else _halves(api, rows)
    elif (_is_covered(reply) or reply.code == "57014") and len(rows) > 1:
        yield from _halves(api, rows)
    elif not _is_covered(reply):
        raise ApiRefusal(ACCESSES, reply)


def _halves(api: DataApi, rows: list[Row]) -> Iterator[int]:
    middle = len(rows) // 2
    return chain(_insert(api, rows[:middle]), _insert(api, rows[middle:]))


def _is_covered(reply: Reply) -> bool:
    """The customer has an active access to the module; somebody else made it meanwhile."""
    return reply.code == "23505" and set((reply.key or "").split(", ")) == {"user_id", "module_id"}
