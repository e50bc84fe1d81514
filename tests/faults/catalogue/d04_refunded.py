"""D04, a decoy: paid, and given back in full."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import World, ago


def pays_and_gets_it_back(world: World) -> None:
    session = world.stripe.add_session(**world.paid("carol", 15, when=ago(minutes=10)))
    world.stripe.refund(session["id"])


FAULT = Fault(
    what="nothing is owed; to grant here would be the fault",
    inject=(),
    cause=None,
    then=pays_and_gets_it_back,
    before={"carol": []},
    statuses={"payments.unfulfilled": "ok", "payments.refunded-active": "ok"},
)
