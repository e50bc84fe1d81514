"""Gives each active token its access over the Data API, where no SQL can be run (design, section 6).

One request is one transaction there, so the rows go in batches: what was written stays when a later batch is
refused, each row carries the run's id, and the next run does the rest. Each row says as well what was written
into it, so that all batches can be taken back, also of a run that was killed before it could note anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from iahome_fix.errors import CouldNotTell, ToolError
from iahome_fix.i18n import _
from iahome_fix.repairs import api_doubles, fingerprint
from iahome_fix.repairs.api_images import IMAGE, deactivated
from iahome_fix.repairs.api_refusals import doubled, partly, unreadable, untold, unwritten
from iahome_fix.repairs.api_tables import (
    ACCESSES,
    accesses,
    modules,
    profile_emails,
    profiles,
    token_ends,
    tokens,
)
from iahome_fix.repairs.api_written import Written, look_again
from iahome_fix.repairs.backfill import REASONS, BackfillPlan, ListedToken
from iahome_fix.repairs.moments import is_past, moment, now_utc
from iahome_fix.repairs.patience import quiet
from iahome_fix.repairs.token_rules import Judged, classify
from iahome_fix.repairs.withdrawn import WITHDRAWN, Withdrawn, require_listed
from iahome_fix.repairs.withdrawn_rules import Access
from iahome_fix.systems import api_rows
from iahome_fix.systems.api_rows import ApiRefusal
from iahome_fix.systems.expected import UnexpectedResponse

if TYPE_CHECKING:
    from iahome_fix.systems.data_api import DataApi, Reply
    from iahome_fix.systems.database import Row

BATCH = 500
"""Rows per request: far within the 8 seconds that the Data API gives a statement."""
_FEW = 8  # rows for which halving costs less than reading the table again


@dataclass(frozen=True)
class ApiPlan:
    """The counts, and the tokens behind them."""

    counts: BackfillPlan
    due: tuple[Judged, ...]
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
    """Count what each active token is due. Reads only; `on_read` hears of long reads.

    `restore`: ids of withdrawn accesses that are given back on purpose.

    Raises Refused when a table is not served as it has to be (`not-migrated` where `migrate` helps) or an id
    is none of a withdrawn access (`not-withdrawn`), and CouldNotTell when the Data API does not answer.
    """
    try:
        rows = accesses(api, on_read)
        known_modules = modules(api)
        known_owners = profiles(api, on_read)
        judged = classify(
            tokens(api, on_read),
            known_modules,
            rows,
            now_utc(),
            include_expired=include_expired,
            token_ends=token_ends(api, on_read),
            restore=restore,
        )
        taken = _taken(api, judged, restore)
    except ApiRefusal as refusal:
        raise unreadable(refusal) from None

    require_listed(restore, (one for one in taken if one.given_back))

    def count(verdict: str) -> int:
        return sum(j.verdict == verdict for j in judged)

    due = tuple(j for j in judged if j.verdict == "to_create")
    surplus, left = api_doubles.surplus(rows)
    if left:
        raise doubled(left)
    counts = BackfillPlan(
        include_expired=include_expired,
        to_create=len(due),
        covered=count("covered"),
        skipped={reason: count(reason) for reason in REASONS},
        unknown_user=sum(j.token.owner not in known_owners for j in due),
        withdrawn=taken,
        restore=tuple(dict.fromkeys(restore)),
        doubles=len(surplus),
    )
    skipped = sorted(
        (
            ListedToken(j.token.token_id, j.token.owner, j.token.module_id, j.verdict)
            for j in judged
            if j.verdict in REASONS
        ),
        key=lambda t: (t.reason, t.token_id),
    )
    return ApiPlan(counts, due, tuple(skipped), rows, surplus)


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
    shown = {j.token.token_id for j in agreed.due}
    due = [j for j in fresh.due if j.token.token_id in shown]
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


def _taken(api: DataApi, judged: Sequence[Judged], restore: Sequence[str]) -> tuple[Withdrawn, ...]:
    """As sql/backfill/withdrawn.sql lists them."""
    given_back = {
        str(j.taken.row.row_id)
        for j in judged
        if j.taken is not None and j.verdict in ("to_create", "duplicate")
    } & set(restore)
    listed = {
        str(j.taken.row.row_id): j
        for j in judged
        if j.taken is not None and (j.verdict == WITHDRAWN or str(j.taken.row.row_id) in given_back)
    }
    emails = profile_emails(api, {j.token.owner for j in listed.values() if j.token.owner})
    return tuple(
        Withdrawn(
            row_id=row_id,
            owner=j.token.owner,
            email=emails.get(j.token.owner or ""),
            module_id=j.token.module_id,
            why=j.taken.why,
            taken_at=f"{when:%Y-%m-%dT%H:%M:%SZ}" if (when := j.taken.taken_at) else None,
            given_back=row_id in given_back,
        )
        for row_id, j in sorted(listed.items())
        if j.taken is not None
    )


def _write(
    api: DataApi,
    fresh: ApiPlan,
    due: Sequence[Judged],
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
        for inserted in _insert(api, [_row(j, run_id) for j in batch]):
            written.posted += inserted
            written.acknowledged += inserted
        if len(due) > BATCH:
            on_progress(_("{done} of {all} tokens").format(done=start + len(batch), all=len(due)))


def _row(judged: Judged, run_id: str) -> Row:
    token = judged.token
    row: Row = {
        "user_id": token.owner,
        "module_id": judged.module_key,
        "access_type": "token",
        "token_id": token.token_id[:255],
        "expires_at": _plain(token.expires_at),
        # An access that is over is written as what it is: active, it would make the handler refuse a renewal.
        "is_active": not judged.is_over,
        "metadata": {"token_id": token.token_id, "created_from_token": True, "run_id": run_id},
    }
    mark = fingerprint.of(row)
    if mark is not None:
        row["metadata"]["fingerprint"] = mark
    return row


def _plain(text: str | None) -> str | None:
    """A time without its zone, in UTC; the column has none."""
    has_zone = text is not None and (text.endswith("Z") or "+" in text or text.count("-") > 2)
    read = moment(text) if has_zone else None
    return read.isoformat() if read else text


def _end_expired(api: DataApi, rows: Sequence[Access], batch: Sequence[Judged], run_id: str) -> Iterator[Row]:
    """Deactivate the rows that are active but over and hold the place of a new one; yields what they held.

    One that somebody changed since it was read stays as it is.
    """
    now = now_utc()
    pairs = {j.pair for j in batch if not j.is_over}
    ids = [
        a.row_id
        for a in rows
        if a.is_active and a.is_over(now) and (a.owner or "", a.module_id or "") in pairs
    ]
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
        there = {(a.owner, a.module_id) for a in accesses(api) if a.is_active}
        left = [row for row in rows if (row["user_id"], str(row["module_id"])) not in there]
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
