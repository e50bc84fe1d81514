"""D19, a decoy: invoices of subscriptions that look like a renewal that gave nothing."""

from __future__ import annotations

from tests.faults.catalogue.f80_renewals_extend_nothing import first_month
from tests.faults.model import Fault, nobody_buys
from tests.faults.world import World, ago


def invoices(world: World) -> None:
    """Carol's first month was served; what came after it is due nothing, or is no month of a module."""
    first_month(world)
    state = world.stripe
    for number, status in enumerate(("open", "void", "uncollectible", "draft")):
        state.add_invoice("sub_carol", created=ago(hours=5 + number), status=status)
    state.refund(state.add_invoice("sub_carol", created=ago(hours=4))["id"])
    disputed = state.add_invoice("sub_carol", created=ago(hours=3))["id"]
    state.dispute(disputed)
    state.add_invoice("sub_carol", created=ago(hours=2), billing_reason="subscription_update", proration=True)
    state.add_subscription(id="sub_coaching", customer_email="carol@example.test")
    state.add_invoice("sub_coaching", created=ago(hours=1))


FAULT = Fault(
    what="refunded, disputed, void and open invoices, a proration and another product are no renewals",
    inject=[invoices],
    then=nobody_buys,
    cause=None,
    statuses={
        "payments.renewals": "ok",
        "payments.unfulfilled": "ok",
        "payments.no-module": "warn",
    },
    notes={"payments.no-module": "not made in the app's checkout"},
    before={"carol": []},
)
