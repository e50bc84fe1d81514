"""F82: two modules were sold, and the metadata name the first of them."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import World


def two_sold(world: World) -> None:
    world.buys("carol", 6, amount_total=1980, sold=(("Cogstudio", 990), ("ruinedfooocus", 990)))


FAULT = Fault(
    what="bought two, and one appears",
    inject=(),
    cause="payments.items-named",
    says="the metadata name only some of the items of 1 payment; its line items show more (modules 13)",
    then=two_sold,
    before={"carol": ["6"]},
    quiet=("payments.unfulfilled",),
    statuses={"site.webhook-handler": "ok"},
    fix="reconcile",
    after={"carol": ["6", "13"]},
)
