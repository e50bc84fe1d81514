"""What was paid twice: payments of one customer for one module within the hour, which one access serves."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from iahome_fix.domain.lengths import LATE
from iahome_fix.domain.money import partly_settled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from iahome_fix.domain.sale import Sale

_MOMENT = 40
"""Bits of a moment in seconds."""


def paid_again(sales: Collection[Sale]) -> tuple[Sale, ...]:
    """The sales that are served by the access of another payment, made within the hour, and by no row of
    their own: that customer paid more than once and has one term. In the order of their payments.

    They stay served. Renewals, free orders and what was refunded in part are none of it.
    """
    near = _near(sale for sale in sales if _counts(sale))
    if not near:
        return ()
    alike: dict[tuple[str | None, str | None], list[Sale]] = defaultdict(list)
    for sale in sales:
        if _counts(sale) and _number(sale) in near:
            alike[sale.owner, sale.module].append(sale)
    found = [again for some in alike.values() if len(some) > 1 for again in _again(some)]
    return tuple(sorted(found, key=lambda sale: (sale.session.moment, sale.session.id)))


def _counts(sale: Sale) -> bool:
    return bool(sale.served and sale.owner and sale.module and not sale.is_renewal)


def _number(sale: Sale) -> int:
    """Customer and module in a number, of which many take little."""
    return hash((sale.owner, sale.module))


def _near(sales: Iterable[Sale]) -> frozenset[int]:
    """The customers and modules of which two sales were paid within the hour, or a second more."""
    # Customer, module and moment in one number.
    made = sorted((_number(sale) << _MOMENT) + int(sale.session.moment.timestamp()) for sale in sales)
    most = int(LATE.total_seconds()) + 1
    return frozenset(
        one >> _MOMENT
        for one, other in pairwise(made)
        if one >> _MOMENT == other >> _MOMENT and other - one <= most
    )


def _again(some: Sequence[Sale]) -> Iterable[Sale]:
    # The one whose row there is comes first, then the one that was paid first.
    first, *others = sorted(some, key=lambda sale: (not sale.cited, sale.session.moment, sale.session.id))
    kept = [first]
    for sale in others:
        near = any(abs(sale.session.moment - one.session.moment) <= LATE for one in kept)
        if sale.cited or not near:
            kept.append(sale)
        elif sale.session.amount_total and not partly_settled(sale.session):
            yield sale
