"""Accesses that are deleted once they are over: by a job, or as the statistics of the table count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.errors import ToolError
from iahome_fix.facts import left_behind, sales
from iahome_fix.facts.seen import derived, fact
from iahome_fix.systems.database_errors import NOT_THERE, SqlError

if TYPE_CHECKING:
    from iahome_fix.domain.sale import Key
    from iahome_fix.facts.context import Context
    from iahome_fix.facts.seen import Seen

QUERIES = ("checks/deleted_rows", "checks/deleting_jobs")
"""What these read."""


@dataclass(frozen=True)
class Job:
    """A job of pg_cron that deletes accesses, and when it runs."""

    name: str
    schedule: str


@fact
def jobs(ctx: Context) -> tuple[Job, ...]:
    """Those that are active."""
    try:
        rows = ctx.database.read(sql.load(QUERIES[1], ctx.profile))
    except SqlError as error:
        if error.sqlstate not in NOT_THERE:  # without pg_cron there is no such table
            raise
        return ()
    return tuple(Job(str(row["name"]), str(row["schedule"])) for row in rows)


@fact
def deleted(ctx: Context) -> int | None:
    """How many accesses were deleted, as far as the server counted them; None where it does not count."""
    found = ctx.database.read(sql.load(QUERIES[0], ctx.profile))[0]["deleted"]
    return None if found is None else int(found)


@derived
def after_their_end(ctx: Seen) -> frozenset[Key]:
    """The sales of which nothing is left and which were served, for all that is known.

    Their term is over, the handler noted the payment, no access of such an old sale is kept at all, and
    accesses are deleted: by a job, or as many as are missing by now.
    """
    over = [] if ctx.only_data_api else [s for s in sales.unserved(ctx) if s.over and s.owed]
    noted = left_behind.noted.or_why(ctx) if over else frozenset()
    if isinstance(noted, ToolError):
        return frozenset()
    missing = frozenset(s.key for s in over if s.session.id in noted)
    if not missing or any(s.by_handler for s in sales.sales(ctx) if s.over):
        return frozenset()
    by_job, count = jobs.or_why(ctx), deleted.or_why(ctx)
    known = (not isinstance(by_job, ToolError) and by_job) or (
        isinstance(count, int) and count >= len(missing)
    )
    return missing if known else frozenset()
