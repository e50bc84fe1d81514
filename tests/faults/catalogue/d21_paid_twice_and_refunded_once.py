"""D21, a decoy: paid twice for one module, and the first payment, which the row cites, given back."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import World, ago


def pays_twice_and_gets_one_back(world: World) -> None:
    world.buys("carol", 15, when=ago(minutes=40))
    world.buys("carol", 15, when=ago(minutes=20), id="cs_live_carol_again")
    world.stripe.refund("cs_live_carol")


FAULT = Fault(
    what="the handler wrote no second row, so to end the first one would take what is paid for",
    inject=(),
    cause=None,
    then=pays_twice_and_gets_one_back,
    before={"carol": ["15"]},
    statuses={"payments.unfulfilled": "ok", "payments.refunded-active": "ok"},
)
