"""How many customers wait for what they paid for, and at which step of its way: the sums over a report."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from iahome_fix import addresses
from iahome_fix.checks import stops
from iahome_fix.checks.steps import LEFT, general, step_of
from iahome_fix.domain.sums import AddingSales, Overview, Reason, Sums, amounts_of, sums_of
from iahome_fix.domain.trace import ORDER, Said, State, Step, stop, trace
from iahome_fix.errors import ToolError
from iahome_fix.facts.sales import due, sales, unserved
from iahome_fix.model import Status

if TYPE_CHECKING:
    from iahome_fix.domain.sale import Sale
    from iahome_fix.facts.context import Context
    from iahome_fix.model import Report


def overview(ctx: Context, report: Report) -> Overview | None:
    """The sums over the sales that this run read; None where it read none, or could not."""
    found = sales.known(ctx)
    if found is None:
        return None
    reasons = [Reason(check, step, sums_of(some)) for (check, step), some in by_reason(ctx, report).items()]
    due_ones, served, owed = AddingSales(), AddingSales(), AddingSales()
    for sale in found:
        due_ones.take(sale)
        if sale.served:
            served.take(sale)
        elif sale.owed:
            owed.take(sale)
    return Overview(
        due=due_ones.sums,
        served=served.sums,
        owed=owed.sums,
        reasons=tuple(sorted(reasons, key=_place)),
    )


def by_reason(ctx: Context, report: Report) -> dict[tuple[str, Step | None], list[Sale]]:
    """The sales that are owed, by the check that speaks for them and the step at which they stop."""
    if sales.known(ctx) is None or not any(sale.owed for sale in unserved(ctx)):
        return {}
    owed = [sale for sale in unserved(ctx) if sale.owed]
    everybody = general(report)
    shown: dict[str | None, list[Sale]] = defaultdict(list)
    speaks_for = stops.speakers(ctx)
    for sale in owed:
        check = speaks_for(sale)
        # What a blocked check would say of it is the consequence of what blocks it.
        shown[check if check and ctx.status(check) is not Status.BLOCKED else None].append(sale)
    stopped: dict[tuple[str, Step | None], list[Sale]] = defaultdict(list)
    for check, some in shown.items():
        stopped[_stop(everybody, check)] += some
    return stopped


def paid(ctx: Context, report: Report) -> Sums | None:
    """Whose money is there, where the cause hides who of them waits; else None, and where Stripe is silent.

    A customer is an address here, as the payment names it first: whose it is only the tables tell.
    """
    hidden = any(r.check.id == LEFT and r.status is Status.BLOCKED for r in report.results)
    if not hidden or sales.known(ctx) is not None or ctx.status("stripe.key") is not Status.OK:
        return None
    found = due.or_why(ctx)
    if isinstance(found, ToolError):
        return None
    return Sums(
        sales=len(found),
        customers=len({(addresses.folded(p.emails[0]) if p.emails else p.id) for p in found}),
        amount=amounts_of(found),
        oldest=min((p.moment for p in found), default=None),
    )


def _stop(everybody: tuple[Said, ...], check: str | None) -> tuple[str, Step | None]:
    """The check and the step at which a sale stops; `check`: what the sale itself shows, if anything."""
    step = step_of(check) if check else None
    own = (Said(step, State.STOPS, check),) if step is not None else ()
    stage = stop(trace(everybody, own))
    return (stage.check or LEFT, stage.step) if stage is not None else (LEFT, None)


def _place(reason: Reason) -> tuple[int, int, int]:
    """Earlier steps first, then those of more sales, then those of more money."""
    step = ORDER.index(reason.step) if reason.step is not None else len(ORDER)
    return step, -reason.sums.sales, -sum(reason.sums.amount.values())
