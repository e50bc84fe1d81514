"""F50: the money came later, by an event that nobody handles."""

from __future__ import annotations

from tests.faults.model import Fault, site
from tests.faults.world import World, ago


def by_direct_debit(world: World) -> None:
    when = ago(days=2)
    world.buys("carol", 15, when=when, payment_status="unpaid", payment_method_types=["sepa_debit"])
    world.stripe.settle("cs_live_carol")
    world.stripe.emit("checkout.session.async_payment_succeeded", "cs_live_carol", ago(hours=1))


FAULT = Fault(
    what="the handler refuses what is unpaid, and never hears that it was paid",
    inject=(site(handler="refuses-unpaid"),),
    cause="payments.unfulfilled",
    says="1 was paid by a delayed method: checkout.session.completed said unpaid",
    then=by_direct_debit,
    before={"carol": []},
    statuses={"site.webhook-handler": "ok", "stripe.undelivered": "ok"},
    fix="reconcile",
    after={"carol": ["15"]},
)
