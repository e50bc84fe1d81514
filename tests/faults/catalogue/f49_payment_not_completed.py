"""F49, no fault: the payment was never completed."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import World, ago


def leaves_at_the_till(world: World) -> None:
    world.stripe.add_session(
        **world.paid("carol", 15, when=ago(hours=25)), status="expired", payment_status="unpaid"
    )


FAULT = Fault(
    what="a declined card: nothing is owed, whatever the customer says",
    inject=(),
    cause=None,
    then=leaves_at_the_till,
    before={"carol": []},
    statuses={"payments.unfulfilled": "ok"},
)
