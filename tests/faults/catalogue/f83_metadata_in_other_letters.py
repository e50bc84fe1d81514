"""F83, the same kind: the metadata have the customer's address in other letters, Stripe has it as it is."""

from __future__ import annotations

from typing import Any

from tests.faults.model import Fault
from tests.faults.world import World, ago


def buys(world: World, module: int, written: str, minutes: int) -> None:
    bought: dict[str, Any] = world.paid("carol", module, when=ago(minutes=minutes), id=f"cs_live_{module}")
    bought["metadata"]["customer_email"] = written
    done = world.stripe.complete_checkout(**bought | {"customer_email": None})
    done.event["created"] = done.session["created"]


def pasted_and_capitals(world: World) -> None:
    buys(world, 15, "Carol@Example.test", 30)
    buys(world, 6, "carol@example.test\t\n", 20)


FAULT = Fault(
    what="a form hands on what was typed or pasted into it, and the handler compares exactly",
    inject=(),
    cause="site.checkout-address",
    says="the handler looks for those of the metadata",
    then=pasted_and_capitals,
    before={"carol": []},
    quiet=("payments.unfulfilled",),
    statuses={"site.webhook-handler": "ok"},
    fix="reconcile",
    after={"carol": ["6", "15"]},
)
