"""Gives each active token its access over the Data API, where no SQL can be run.

The plan is made by a copy of the rows, and written in batches (`repairs/api/writing.py`). Each row says what
was written into it, so that all batches can be taken back, also of a run that was killed before it could note
anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from iahome_fix import sql
from iahome_fix.errors import ToolError
from iahome_fix.i18n import _
from iahome_fix.profile import AppProfile
from iahome_fix.repairs.api import doubles as api_doubles
from iahome_fix.repairs.api.bare import giving as bare_giving
from iahome_fix.repairs.api.bare.record import BareWritten, Keep
from iahome_fix.repairs.api.bare.run import require_ready as require_bare_ready
from iahome_fix.repairs.api.bare.run import run as run_bare
from iahome_fix.repairs.api.bare.table import BareTable
from iahome_fix.repairs.api.refusals import doubled, unreadable
from iahome_fix.repairs.api.tables import Access
from iahome_fix.repairs.api.writing import BATCH, concluded, give
from iahome_fix.repairs.api.written import Written
from iahome_fix.repairs.backfill import backfill
from iahome_fix.repairs.backfill.backfill import REASONS, BackfillPlan, ListedToken
from iahome_fix.repairs.patience import quiet
from iahome_fix.repairs.patience import untold as unanswered
from iahome_fix.systems.api_copy import RowsCopy
from iahome_fix.systems.api_rows import ABSENT, ApiRefusal
from iahome_fix.systems.database_errors import SqlError
from iahome_fix.systems.expected import UnexpectedResponse

if TYPE_CHECKING:
    from iahome_fix.systems.data_api import DataApi
    from iahome_fix.systems.database import Database, Row

QUERY = 60.0
"""Seconds for one query on the copy that is not a patient one."""


@dataclass(frozen=True)
class Due:
    """A token that is due an access: ids as text, its end in ISO 8601 (UTC without a zone)."""

    token_id: str
    owner: str
    module_id: str
    expires_at: str | None
    is_over: bool
    title: str | None


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
    profile: AppProfile,
    *,
    include_expired: bool = False,
    restore: Sequence[str] = (),
    on_read: Callable[[str], None] = quiet,
) -> ApiPlan:
    """Count what each active token is due by that version of the app, and by a copy of the rows. Reads only;
    `on_read` hears of long reads.

    `restore`: ids of withdrawn accesses that are given back on purpose.

    Raises Refused when a table is not served as it has to be (`not-migrated` where `migrate` helps) or an id
    is none of a withdrawn access (`not-withdrawn`), and CouldNotTell when the Data API does not answer, or
    the rows cannot be copied.
    """
    backfill.require_told_apart(profile, include_expired=include_expired)
    if not profile.is_guides:
        require_bare_ready(api, profile)
    with closing(RowsCopy(api, profile, timeout=QUERY, on_read=on_read)) as rows:
        try:
            return _planned(cast("Database", rows), profile, include_expired, restore)
        except ApiRefusal as refusal:
            absent = refusal.table == "access_tokens" and refusal.reply.code in ABSENT
            if absent and not profile.is_guides:
                return ApiPlan(backfill.nothing(profile), (), (), ())
            raise unreadable(refusal) from None
        except SqlError as error:
            raise unanswered(error) from None


def _planned(rows: Database, profile: AppProfile, include_expired: bool, restore: Sequence[str]) -> ApiPlan:
    counts = backfill.counted(rows, profile, include_expired=include_expired, restore=restore)
    asked = {"include_expired": include_expired, "restore": list(restore)}
    classified = sql.load("backfill/classified", profile)
    due = rows.read(classified + sql.load("backfill/due"), asked, patient=True)
    active = rows.read(sql.load("backfill/active", profile), patient=True)
    found = tuple(Access(**row) for row in active)
    surplus, left = api_doubles.surplus(found) if profile.is_guides else ((), 0)
    if left:
        raise doubled(left)
    skipped = backfill.listed(rows, profile, include_expired=include_expired, restore=restore)
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
        agreed.counts.profile,
        include_expired=agreed.counts.include_expired,
        restore=agreed.counts.restore,
        on_read=on_progress,
    )
    shown = {one.token_id for one in agreed.due}
    due = [one for one in fresh.due if one.token_id in shown]
    written = Written("token")
    failure: ToolError | None = None
    try:
        _write(api, fresh, due, run_id, written, on_progress)
    except (ApiRefusal, UnexpectedResponse) as error:
        failure = error
    return concluded(api, run_id, written, len(due), failure)


def apply_bare(
    api: DataApi,
    agreed: ApiPlan,
    run_id: str,
    keep: Keep,
    *,
    on_progress: Callable[[str], None] = quiet,
) -> BareWritten:
    """The same in the table of a later version, which says nothing of runs: `keep` puts each request on
    record before it is sent, and what came of it afterwards."""
    profile = agreed.counts.profile
    shown = {one.token_id for one in agreed.due}

    def judged() -> list[bare_giving.Due]:
        fresh = plan(api, profile, restore=agreed.counts.restore, on_read=on_progress)
        return [
            bare_giving.Due(one.owner, one.module_id, one.title, one.expires_at)
            for one in fresh.due
            if one.token_id in shown
        ]

    return run_bare(BareTable(api, profile), run_id, BareWritten(profile, keep), judged)


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
        give(api, fresh.accesses, [_row(one) for one in batch], run_id, written)
        if len(due) > BATCH:
            on_progress(_("{done} of {all} tokens").format(done=start + len(batch), all=len(due)))


def _row(token: Due) -> Row:
    return {
        "user_id": token.owner,
        "module_id": token.module_id,
        "access_type": "token",
        "token_id": token.token_id[:255],
        "expires_at": token.expires_at,
        # An access that is over is written as what it is: active, it would make the handler refuse a renewal.
        "is_active": not token.is_over,
        "metadata": {"token_id": token.token_id, "created_from_token": True},
    }
