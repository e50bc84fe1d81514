"""F58, the same kind: bought again before the end, and the row of the other session keeps the new one out."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import ALICE, World, ago


def ends_soon(world: World) -> None:
    world.stripe.sessions["cs_live_alice"]["created"] = int(ago(hours=60).timestamp())
    world.stripe.charge_of("cs_live_alice")["created"] = int(ago(hours=60).timestamp())
    world.sql(
        "update public.module_access set created_at = now() - interval '60 hours',"
        " updated_at = now() - interval '60 hours', expires_at = now() + interval '12 hours'"
        f" where user_id = '{ALICE}'"
    )


FAULT = Fault(
    what="paid for three more days, and the end stays where it was",
    inject=(ends_soon,),
    cause="data.row-in-the-way",
    says="rows in force that end before the new term: 1",
    then=lambda world: world.buys("alice", 15, id="cs_live_alice2"),
    before={"alice": ["15"]},
    quiet=("payments.unfulfilled",),
    statuses={"site.webhook-handler": "ok"},
    fix="reconcile",
    after={"alice": ["15"]},
)
