"""What was paid twice: payments of one customer for one module within the hour, which one access serves."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from iahome_fix.domain.lengths import LATE
from iahome_fix.domain.money import partly_settled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from iahome_fix.domain.sale import Sale


def paid_again(sales: Iterable[Sale]) -> tuple[Sale, ...]:
    """The sales that are served by the access of another payment, made within the hour, and by no row of
    their own: that customer paid more than once and has one term. In the order of their payments.

    They stay served. Renewals, free orders and what was refunded in part are none of it.
    """
    alike: dict[tuple[str, str], list[Sale]] = defaultdict(list)
    for sale in sales:
        if sale.served and sale.owner and sale.module and not sale.is_renewal:
            alike[sale.owner, sale.module].append(sale)
    found = [again for some in alike.values() if len(some) > 1 for again in _again(some)]
    return tuple(sorted(found, key=lambda sale: (sale.session.moment, sale.session.id)))


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
