"""M1: a paid session of mode subscription whose money is not to be seen: nobody knows whether it is owed."""

from __future__ import annotations

from tests.faults.model import Fault, site
from tests.faults.world import World


def subscribes(world: World) -> None:
    world.buys("carol", 15, mode="subscription")


FAULT = Fault(
    what="doctor said reconcile, and reconcile had nothing to do",
    inject=(site(handler="noop"),),
    cause=None,
    then=subscribes,
    before={"carol": []},
    statuses={"payments.unfulfilled": "unknown", "site.webhook-handler": "ok"},
    notes={"payments.unfulfilled": "whether it was refunded is not known"},
    verdict="unknown",
)
