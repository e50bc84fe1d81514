"""The check `payments.paid-twice`: did anybody pay twice for one term?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import needed
from iahome_fix.checks.money import amounts
from iahome_fix.checks.registry import check
from iahome_fix.domain.repeated import paid_again
from iahome_fix.domain.sums import amounts_of
from iahome_fix.facts import sales
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, Kind, ok, warn

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_MOST_SHOWN = 10
ID = "payments.paid-twice"


@check(
    ID,
    N_("nobody paid twice for one access"),
    kind=Kind.HYGIENE,
    needs=needed.READING,
    queries=sales.QUERIES,
)
def paid_twice(ctx: Seen) -> Finding:
    """Who pays for a module twice within the hour has one access of one term: the handler writes no second
    row while one is active, and that one covers what was bought. Nothing is owed, but the money is there
    twice.

    Found by: payments that stand, of one customer for one module, within an hour of one another, of which
    only one has a row of its own.
    Repair: by hand: refund all but one in Stripe, or give the customer the other term, as they wish.
    Never: write a second active access; refund without looking whether the customer meant two terms.
    """
    found = paid_again(sales.sales(ctx))
    if not found:
        return ok(_("no payment is served by the access of another one"))
    ids = list(dict.fromkeys(sale.session.id for sale in found))
    total = amounts_of(sale.session for sale in found)
    return warn(
        ngettext(
            "{count} payment ({amount}) was made for a module that the same customer had paid for within the"
            " hour: one access serves both",
            "{count} payments ({amount}) were made for modules that the same customers had paid for within"
            " the hour: one access serves them all",
            len(ids),
        ).format(count=len(ids), amount=amounts(total)),
        hint=_(
            "ask the customers; refund these in Stripe, or extend the access by hand; the first of"
            " them: {payment}"
        ).format(payment=ids[0]),
        sessions=ids[:_MOST_SHOWN],
        payments=len(ids),
        customers=len({sale.owner for sale in found}),
        amount=dict(total),
    )
