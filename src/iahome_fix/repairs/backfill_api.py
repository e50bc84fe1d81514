"""Gives each active token its access over the Data API, where no SQL can be run.

One request is one transaction there, so the rows go in batches: what was written stays when a later batch is
refused, each row carries the run's id, and the next run does the rest. Each row says as well what was written
into it, so that all batches can be taken back, also of a run that was killed before it could note anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from iahome_fix import sql
from iahome_fix.errors import CouldNotTell, ToolError
from iahome_fix.i18n import _
from iahome_fix.repairs import api_doubles, backfill, fingerprint
from iahome_fix.repairs.api_images import IMAGE, deactivated
from iahome_fix.repairs.api_refusals import doubled, partly, unreadable, untold, unwritten
from iahome_fix.repairs.api_tables import ACCESSES, Access, active
from iahome_fix.repairs.api_written import Written, look_again
from iahome_fix.repairs.backfill import REASONS, BackfillPlan, ListedToken
from iahome_fix.repairs.moments import is_past, now_utc
from iahome_fix.repairs.patience import quiet
from iahome_fix.repairs.patience import untold as unanswered
from iahome_fix.systems import api_rows
from iahome_fix.systems.api_copy import RowsCopy
from iahome_fix.systems.api_rows import ApiRefusal
from iahome_fix.systems.database import SqlError
from iahome_fix.systems.expected import UnexpectedResponse

if TYPE_CHECKING:
    from iahome_fix.systems.data_api import DataApi, Reply
    from iahome_fix.systems.database import Database, Row

BATCH = 500
"""Rows per request: far within the 8 seconds that the Data API gives a statement."""
_QUERY = 60.0  # seconds for one query on the copy that is not a patient one
_FEW = 8  # rows for which halving costs less than reading the table again


@dataclass(frozen=True)
class Due:
    """A token that is due an access: ids as text, its end in ISO 8601 (UTC without a zone)."""

    token_id: str
    owner: str
    module_id: str
    expires_at: str | None
    is_over: bool


@dataclass(frozen=True)
class ApiPlan:
    """The counts, the tokens behind them, and the active accesses that the plan was made beside."""

    counts: BackfillPlan
    due: tuple[Due, ...]
    skipped: tuple[ListedToken, ...]
    accesses: tuple[Access, ...]
    doubles: tuple[Any, ...] = ()


def plan(
    api: DataApi,
    *,
    include_expired: bool = False,
    restore: Sequence[str] = (),
    on_read: Callable[[str], None] = quiet,
) -> ApiPlan:
    """Count what each active token is due, by a copy of the rows. Reads only; `on_read` hears of long reads.

    `restore`: ids of withdrawn accesses that are given back on purpose.

    Raises Refused when a table is not served as it has to be (`not-migrated` where `migrate` helps) or an id
    is none of a withdrawn access (`not-withdrawn`), and CouldNotTell when the Data API does not answer, or
    the rows cannot be copied.
    """
    with closing(RowsCopy(api, timeout=_QUERY, on_read=on_read)) as rows:
        try:
            return _planned(cast("Database", rows), include_expired, restore)
        except ApiRefusal as refusal:
            raise unreadable(refusal) from None
        except SqlError as error:
            raise unanswered(error) from None


def _planned(rows: Database, include_expired: bool, restore: Sequence[str]) -> ApiPlan:
    counts = backfill.counted(rows, include_expired=include_expired, restore=restore)
    asked = {"include_expired": include_expired, "restore": list(restore)}
    due = rows.read(sql.load("backfill/classified") + sql.load("backfill/due"), asked, patient=True)
    found = tuple(Access(**row) for row in rows.read(sql.load("backfill/active"), patient=True))
    surplus, left = api_doubles.surplus(found)
    if left:
        raise doubled(left)
    skipped = backfill.listed(rows, include_expired=include_expired, restore=restore)
    return ApiPlan(
        counts=replace(counts, doubles=len(surplus)),
        due=tuple(Due(**row) for row in due),
        skipped=tuple(token for token in skipped if token.reason in REASONS),
        accesses=found,
        doubles=surplus,
    )


def apply(
    api: DataApi,
    agreed: ApiPlan,
    run_id: str,
    *,
    on_progress: Callable[[str], None] = quiet,
) -> Written:
    """Create the accesses of the plan that are due still, in batches.

    The tables are read once more, and only tokens of the agreed plan are served. What was written is read
    back, whatever the Data API said of it. `Written.stop` is PartlyApplied where a part was written and the
    rest was not, and CouldNotTell where it cannot be told. Raises Refused or CouldNotTell when nothing was
    written.
    """
    fresh = plan(
        api,
        include_expired=agreed.counts.include_expired,
        restore=agreed.counts.restore,
        on_read=on_progress,
    )
    shown = {one.token_id for one in agreed.due}
    due = [one for one in fresh.due if one.token_id in shown]
    written = Written()
    failure: ToolError | None = None
    doubtful = False
    try:
        _write(api, fresh, due, run_id, written, on_progress)
    except ApiRefusal as refusal:
        failure = unwritten(refusal)
        doubtful = isinstance(failure, CouldNotTell)
    except UnexpectedResponse as odd:
        # What became of the last request is not said: it is looked up.
        failure, doubtful = odd, True
    try:
        failure = look_again(api, run_id, written, len(due)) or (
            None if doubtful and written.created >= len(due) else failure
        )
    except (ApiRefusal, UnexpectedResponse) as blind:
        if written.acknowledged or doubtful:
            failure = untold(failure or blind, run_id, begun=written.acknowledged > 0)
        written.created = written.posted
        written.stop = failure or blind
        return written
    if failure is not None and not written.created and not written.ended:
        raise failure
    written.stop = partly(failure, run_id, written.created, len(due)) if failure else None
    return written


def _write(
    api: DataApi,
    fresh: ApiPlan,
    due: Sequence[Due],
    run_id: str,
    written: Written,
    on_progress: Callable[[str], None],
) -> None:
    """Batch after batch; `written` counts what was acknowledged. Raises ApiRefusal, UnexpectedResponse."""
    written.acknowledged += api_doubles.end(api, fresh.doubles, run_id)
    for start in range(0, len(due), BATCH):
        batch = due[start : start + BATCH]
        for _ended_row in _end_expired(api, fresh.accesses, batch, run_id):
            written.acknowledged += 1
        for inserted in _insert(api, [_row(one, run_id) for one in batch]):
            written.posted += inserted
            written.acknowledged += inserted
        if len(due) > BATCH:
            on_progress(_("{done} of {all} tokens").format(done=start + len(batch), all=len(due)))


def _row(token: Due, run_id: str) -> Row:
    row: Row = {
        "user_id": token.owner,
        "module_id": token.module_id,
        "access_type": "token",
        "token_id": token.token_id[:255],
        "expires_at": token.expires_at,
        # An access that is over is written as what it is: active, it would make the handler refuse a renewal.
        "is_active": not token.is_over,
        "metadata": {"token_id": token.token_id, "created_from_token": True, "run_id": run_id},
    }
    mark = fingerprint.of(row)
    if mark is not None:
        row["metadata"]["fingerprint"] = mark
    return row


def _end_expired(api: DataApi, rows: Sequence[Access], batch: Sequence[Due], run_id: str) -> Iterator[Row]:
    """Deactivate the rows that are active but over and hold the place of a new one; yields what they held.

    One that somebody changed since it was read stays as it is.
    """
    now = now_utc()
    pairs = {(one.owner, one.module_id) for one in batch if not one.is_over}
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
        left = [row for row in rows if (row["user_id"], row["module_id"]) not in there]
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
