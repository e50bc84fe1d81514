"""D23: fees, bundles and titles that fit nothing accuse nobody."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import World, ago


def with_a_fee(world: World) -> None:
    world.buys("carol", 15, sold=(("Stable diffusion", 990), ("Frais de service", 50)))
    world.buys("bob", 6, 13, id="cs_live_bob2", when=ago(minutes=9), sold=(("Pack Photo", 1980),))
    # A title that only looks like a module's, and the module that is named under another title.
    world.buys(
        "alice", 15, id="cs_live_alice2", when=ago(minutes=8), sold=(("Cogstudio Pro", 990), ("Metub", 0))
    )


def long_ago(world: World) -> None:
    world.sql("update public.module_access set expires_at = now() + interval '90 hours'")


FAULT = Fault(
    what="items that are no module of their own",
    inject=(long_ago,),
    cause=None,
    then=with_a_fee,
    before={"carol": ["15"]},
    statuses={"payments.items-named": "ok"},
)
