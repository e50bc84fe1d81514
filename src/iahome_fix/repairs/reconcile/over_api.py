"""Gives each paid Checkout Session its access over the Data API, where no SQL can be run.

The plan is that of SQL, by the same query on a copy of the rows. It is written as a backfill is
(`repairs/api/writing.py`), and an access that still runs is lengthened in its row
(`repairs/api/lengthening.py`). What only a transaction does safely, to move the access of a former account,
is listed (`needs_sql`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, cast

from iahome_fix import sql
from iahome_fix.domain.verdicts import query
from iahome_fix.errors import ToolError
from iahome_fix.repairs.api import doubles as api_doubles
from iahome_fix.repairs.api.bare.giving import Due
from iahome_fix.repairs.api.bare.record import BareWritten, Keep
from iahome_fix.repairs.api.bare.run import require_ready as require_bare_ready
from iahome_fix.repairs.api.bare.run import run as run_bare
from iahome_fix.repairs.api.bare.table import BareTable
from iahome_fix.repairs.api.lengthening import lengthen
from iahome_fix.repairs.api.refusals import changing, doubled, unreadable, unwritten
from iahome_fix.repairs.api.tables import Access
from iahome_fix.repairs.api.writing import BATCH, concluded, give, pair
from iahome_fix.repairs.api.written import Written
from iahome_fix.repairs.backfill.over_api import QUERY
from iahome_fix.repairs.patience import quiet
from iahome_fix.repairs.patience import untold as unanswered
from iahome_fix.repairs.reconcile import reconcile
from iahome_fix.repairs.reconcile.plan import TO_CREATE
from iahome_fix.repairs.reconcile.tally import Tally
from iahome_fix.repairs.units import Batch, Course, StoppedAfter
from iahome_fix.systems.api_copy import RowsCopy
from iahome_fix.systems.api_rows import ABSENT, NO_COLUMN, ApiRefusal
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from iahome_fix.domain.terms import Terms
    from iahome_fix.profile import AppProfile
    from iahome_fix.repairs.reconcile.plan import ReconcilePlan
    from iahome_fix.systems.data_api import DataApi
    from iahome_fix.systems.database import Database, Row
    from iahome_fix.systems.stripe_account import StripeAccount

_ROUNDS = 3
"""How often an access is judged anew that somebody changes while it is being lengthened."""


def plan(
    api: DataApi,
    account: StripeAccount,
    terms: Terms,
    profile: AppProfile,
    *,
    now: datetime | None = None,
    on_read: Callable[[int], None] = lambda _count: None,
    say: Callable[[str], None] = quiet,
) -> ReconcilePlan:
    """What each paid session is due, as `reconcile.plan` has it. Reads only; `say` hears of long reads.

    Raises Refused when a table is not served as it has to be (`not-migrated` where `migrate` helps), and
    CouldNotTell when the Data API does not answer, or the rows cannot be copied.
    """
    tally = Tally(terms, profile, now or datetime.now(UTC), account.mode, transactions=False)
    if not profile.is_guides:
        require_bare_ready(api, profile)
    with closing(RowsCopy(api, profile, timeout=QUERY, on_read=say)) as copy:
        rows = cast("Database", copy)
        try:
            _surplus, left = api_doubles.surplus(_active(rows, profile))
            # In a table of another version no index ever kept a customer from two.
            if left and profile.is_guides:
                raise doubled(left)
            return reconcile.counted(rows, account, tally, tokens=_has_tokens(rows), on_read=on_read)
        except ApiRefusal as refusal:
            raise unreadable(refusal) from None
        except SqlError as error:
            raise unanswered(error) from None


def apply(
    api: DataApi,
    agreed: ReconcilePlan,
    run_id: str,
    *,
    now: datetime | None = None,
    say: Callable[[str], None] = quiet,
) -> Written:
    """Create the accesses of the plan that are due still, in batches, and lengthen those that still run.

    The rows are read once more, and nothing is created that the plan did not show; an access that somebody
    changed meanwhile is judged anew. Whoever the database refuses keeps nobody else waiting. What was written
    is read back, whatever the Data API said of it. `Written.stop` and what is raised: as
    `concluded` (repairs/api/writing.py) has it; Refused (stale) for an old plan.
    """
    reconcile.require_fresh(agreed, now)
    written = Written("purchase")
    accesses, due = _owed_still(api, agreed, say)
    count = len(due)
    failure: ToolError | None = None
    for _round in range(_ROUNDS):
        missed: set[tuple[str, str]] = set()
        failure = _give_all(api, accesses, due, run_id, written, missed)
        if failure is not None or not missed:
            break
        accesses, due = _owed_still(api, agreed, say)
        due = [row for row in due if pair(row) in missed]
        failure = changing(len(due)) if due else None
    return concluded(api, run_id, written, count, failure)


def apply_bare(
    api: DataApi,
    agreed: ReconcilePlan,
    run_id: str,
    keep: Keep,
    *,
    now: datetime | None = None,
    say: Callable[[str], None] = quiet,
) -> BareWritten:
    """The same in the table of a later version, which says nothing of runs: `keep` puts each request on
    record before it is sent, and what came of it afterwards."""
    reconcile.require_fresh(agreed, now)

    def judged() -> list[Due]:
        _accesses, due = _owed_still(api, agreed, say)
        return [
            Due(row["user_id"], row["module_id"], row["title"], row["expires_at"], row["lengthens"])
            for row in due
        ]

    return run_bare(BareTable(api, agreed.profile), run_id, BareWritten(agreed.profile, keep), judged)


def _give_all(
    api: DataApi,
    accesses: tuple[Access, ...],
    due: list[Row],
    run_id: str,
    written: Written,
    missed: set[tuple[str, str]],
) -> ToolError | None:
    """Give what is due; what ended it before its end. `missed` takes what was changed since it was judged."""
    running = [row for row in due if row["lengthens"] is not None]
    fresh = [_without_former(row) for row in due if row["lengthens"] is None]
    course = Course([*Batch.all(fresh, BATCH), *Batch.all(running, 1)], apart=reconcile.OF_ROWS)

    def work(batch: Batch[Row]) -> int:
        before = written.posted
        try:
            if "lengthens" not in batch.all_of_it[0]:
                give(api, accesses, batch.all_of_it, run_id, written)
            else:
                missed.update(pair(row) for row in batch.all_of_it if not lengthen(api, row, run_id, written))
        except ApiRefusal as refusal:
            raise unwritten(refusal) from None
        return written.posted - before

    try:
        for batch in course:
            course.take(batch, partial(work, batch), lambda: written.posted)
        course.end()
    except StoppedAfter as stopped:
        return stopped.stop
    except ToolError as error:
        return error
    return None


def _without_former(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in ("lengthens", "title")}


def _owed_still(
    api: DataApi, agreed: ReconcilePlan, say: Callable[[str], None]
) -> tuple[tuple[Access, ...], list[Row]]:
    """The active accesses of this moment, and the rows that are due of the plan."""
    with closing(RowsCopy(api, agreed.profile, timeout=QUERY, on_read=say)) as copy:
        rows = cast("Database", copy)
        try:
            statement = query("reconcile/granted", agreed.profile, tokens=_has_tokens(rows))
            shown = reconcile.parameters(agreed.of(TO_CREATE), agreed.terms)
            due = rows.read(statement, shown, patient=True)
            return _active(rows, agreed.profile), due
        except ApiRefusal as refusal:
            raise unreadable(refusal) from None
        except SqlError as error:
            raise unanswered(error) from None


def _active(rows: Database, profile: AppProfile) -> tuple[Access, ...]:
    return tuple(Access(**row) for row in rows.read(sql.load("backfill/active", profile), patient=True))


def _has_tokens(rows: Database) -> bool:
    """Whether access_tokens is there and whole."""
    try:
        rows.read(sql.load("checks/any_token"))
    except ApiRefusal as refusal:
        if refusal.reply.code in (*ABSENT, *NO_COLUMN):
            return False
        raise
    return True
