"""The check `site.free-orders`: does the handler serve orders with nothing to pay?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import commands, needed
from iahome_fix.checks.registry import check
from iahome_fix.checks.site.sales_readable import unreadable
from iahome_fix.checks.stripe.undelivered import not_delivered
from iahome_fix.facts import sales
from iahome_fix.facts.webhook import registered
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, fail, ok

if TYPE_CHECKING:
    from iahome_fix.domain.sale import Sale
    from iahome_fix.facts.seen import Seen

_MOST_SHOWN = 10
ID = "site.free-orders"
_FREE = "no_payment_required"


@check(
    ID,
    N_("orders with nothing to pay are served as paid ones are"),
    needs=(*needed.READING, *needed.WRITING, *needed.ARRIVING),
    queries=sales.OWED,
)
def free_orders(ctx: Seen) -> Finding:
    """An order that a voucher pays in full has `payment_status` `no_payment_required`, which is as good as
    paid (Stripe, Fulfill orders). A handler that asks for `paid` alone leaves its customer without anything.

    Found by: such orders that are owed and were delivered, by all that is known, while the handler has
    written no such order, and payments of the same time have their rows.
    Repair: in the code, `payment_status !== 'unpaid'`; `reconcile` for the customers.
    Never: take such orders for unpaid.
    """
    if not_asked := unreadable(ctx):
        return not_asked
    found = refused(ctx)
    if not found:
        return ok(_("no order with nothing to pay was left without its access"))
    ids = sorted({sale.session.id for sale in found})
    return fail(
        ngettext(
            "the handler takes an order with nothing to pay for unpaid: {count} has no row, while payments of"
            " the same time have theirs",
            "the handler takes orders with nothing to pay for unpaid: {count} have no rows, while payments of"
            " the same time have theirs",
            len(ids),
        ).format(count=len(ids)),
        hint=_(
            "Stripe says no_payment_required for them, which is as good as paid: the handler has to ask for"
            " payment_status !== 'unpaid'; reconcile serves these customers"
        ),
        fix=commands.reconcile(ctx, found),
        sessions=ids[:_MOST_SHOWN],
    )


def refused(ctx: Seen) -> tuple[Sale, ...]:
    """The orders with nothing to pay that the handler left out, and because of that."""
    lost = [s for s in sales.owed(ctx) if s.session.payment_status == _FREE and s.as_written]
    if not lost:
        return ()
    newest = sales.written(ctx).last
    if newest is None or any(s.by_handler and s.session.payment_status == _FREE for s in sales.sales(ctx)):
        return ()
    others = any(s.session.payment_status != _FREE and s.session.created > newest for s in sales.owed(ctx))
    waiting, endpoint = not_delivered(ctx), registered(ctx)
    since = endpoint.as_it_is_since if endpoint else None
    return tuple(
        s
        for s in lost
        if s.session.id not in waiting
        and (since is None or s.session.moment >= since)
        and (s.session.created < newest or not others)
    )
