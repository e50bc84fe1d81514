"""D22: the metadata carry another address than the one that was typed, and it is the customer's."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import World


def pays_with_another(world: World) -> None:
    world.buys("carol", 15, customer_details={"email": "office@example.test"})


FAULT = Fault(
    what="paid with the office's address, logged in with one's own",
    inject=(),
    cause=None,
    then=pays_with_another,
    before={"carol": ["15"]},
    statuses={"site.checkout-address": "ok"},
)
