"""What a page for support has beyond the report: payments over time, and who waits for which reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iahome_fix.checks.overview import by_reason
from iahome_fix.domain.over_time import OverTime, over_time, paid_over_time
from iahome_fix.facts import sales
from iahome_fix.model import Status

if TYPE_CHECKING:
    from datetime import datetime

    from iahome_fix.domain.sale import Sale
    from iahome_fix.domain.trace import Step
    from iahome_fix.facts.context import Context
    from iahome_fix.model import Report


@dataclass(frozen=True)
class Waiting:
    """One sale that is owed, the check that speaks for it, and the step where it stops, if it is known."""

    sale: Sale
    check: str
    step: Step | None


@dataclass(frozen=True)
class Ledger:
    """What a run saw of payments.

    Attributes:
        now: the moment of the run; `since`: payments from then on were looked at (both UTC).
        over_time: None where not even the payments could be read.
        waiting: the sales that are owed, the oldest first.
    """

    now: datetime
    since: datetime
    over_time: OverTime | None = None
    waiting: tuple[Waiting, ...] = ()


def ledger(ctx: Context, report: Report) -> Ledger:
    """What this run saw; whatever could not be read is left out, for the checks to say why."""
    found = [
        Waiting(sale, check, step) for (check, step), some in by_reason(ctx, report).items() for sale in some
    ]
    found.sort(key=lambda one: (one.sale.session.moment, one.sale.session.id, one.sale.module or ""))
    return Ledger(sales.now(ctx), sales.terms(ctx).since, _over_time(ctx), tuple(found))


def _over_time(ctx: Context) -> OverTime | None:
    found = sales.sales.known(ctx)
    if found is not None:
        return over_time(found, sales.now(ctx))
    if ctx.status("stripe.key") is not Status.OK:
        return None
    due = sales.due.or_none(ctx)
    return None if due is None else paid_over_time(due, sales.now(ctx))
