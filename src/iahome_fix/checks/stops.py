"""Which check speaks for each sale that is owed: where it stopped, by all that this run found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks.data import lost_rows
from iahome_fix.checks.schema import customers_refused
from iahome_fix.checks.site import free_orders, handler
from iahome_fix.checks.stripe import undelivered as waiting
from iahome_fix.facts import removals, sales
from iahome_fix.facts.seen import derived
from iahome_fix.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from iahome_fix.domain.sale import Key, Sale
    from iahome_fix.facts.seen import Seen

QUERIES = (*sales.OWED, *removals.QUERIES, "checks/payments_noted", "checks/payments_elsewhere")
"""What `speakers` reads."""

BESIDE = (
    *sales.EXPLAINING,
    *(waiting.ID, sales.LAPSED, free_orders.ID, handler.ID, customers_refused.ID, lost_rows.LOST),
)
"""Checks that speak for some of the sales that are owed. They have to have run."""


def speakers(ctx: Seen) -> Callable[[Sale], str | None]:
    """Gives the check that says why a customer has nothing of a sale; None where nothing explains it.

    Raises StripeFailure, SqlError, CouldNotTell.
    """
    others = told(ctx)
    return lambda sale: sales.explained_by(sale) or others.get(sale.key)


def reasons(ctx: Seen, found: Iterable[Sale]) -> tuple[str, ...]:
    """The checks that speak for some of these sales, in the order of their ids; for one that is blocked,
    what blocks it."""
    named: set[str] = set()
    speaks_for = speakers(ctx)
    for check_id in {check_id for sale in found if (check_id := speaks_for(sale))}:
        result = ctx.results.get(check_id)
        named |= {*(result.finding.because_of if result else ())} or {check_id}
    return tuple(sorted(named))


def left(ctx: Seen) -> tuple[Sale, ...]:
    """The sales that are owed and that no check speaks for: from before the last repair, or nobody knows why;
    without those that were served and deleted after their end, for all that is known.

    Raises StripeFailure, SqlError, CouldNotTell.
    """
    others, ended = told(ctx), removals.after_their_end(ctx)
    return tuple(s for s in sales.unexplained(ctx) if s.key not in others and s.key not in ended)


def told(ctx: Seen) -> Mapping[Key, str]:
    """The check that speaks for each sale that does not show by itself where it stopped."""
    return _told(
        ctx,
        tuple(
            check_id
            for check_id in BESIDE
            if check_id in ctx.results and ctx.results[check_id].status is Status.FAIL
        ),
    )


@derived
def _told(ctx: Seen, failing: tuple[str, ...]) -> Mapping[Key, str]:
    found: dict[Key, str] = {}
    for check_id, some in _claims(ctx, failing):
        for sale in some:
            found.setdefault(sale.key, check_id)
    return found


def _claims(ctx: Seen, failing: tuple[str, ...]) -> Iterator[tuple[str, Iterable[Sale]]]:
    """The failing ones among them, each with its sales, earlier steps first."""
    if waiting.ID in failing:
        yield waiting.ID, waiting.missed(ctx)
    if sales.LAPSED in failing:
        yield sales.LAPSED, sales.lapsed(ctx)
    if free_orders.ID in failing:
        yield free_orders.ID, free_orders.refused(ctx)
    if handler.ID in failing:
        yield handler.ID, handler.moved(ctx) or handler.silent(ctx)
    if customers_refused.ID in failing:
        # Where it was tried instead, one of each kind was: what it says is said of all.
        refused = sales.refused(ctx)
        some = (s for s in sales.unexplained(ctx) if not refused or s.key in refused)
        yield customers_refused.ID, some
    if lost_rows.LOST in failing:
        yield lost_rows.LOST, lost_rows.gone(ctx)
