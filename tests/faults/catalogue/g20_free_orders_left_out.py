"""G20: a voucher pays an order in full, and the handler asks for `paid` alone."""

from __future__ import annotations

from tests.faults.model import Fault, site
from tests.faults.world import World, ago


def free_order(world: World) -> None:
    world.buys("carol", 15, when=ago(minutes=20), amount_total=0, payment_status="no_payment_required")


FAULT = Fault(
    what="whoever has a voucher for the whole price gets nothing",
    inject=(site(handler="only-paid"),),
    cause="site.free-orders",
    says="the handler takes an order with nothing to pay for unpaid",
    then=free_order,
    before={"carol": []},
    quiet=("payments.unfulfilled",),
    statuses={"site.webhook-handler": "ok"},
    fix="reconcile",
    after={"carol": ["15"]},
)
