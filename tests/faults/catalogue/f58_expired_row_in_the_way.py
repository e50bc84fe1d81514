"""F58: a customer buys again after the end, and the old row, still marked active, keeps the new one out."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import ALICE, World, ago


def ended_long_ago(world: World) -> None:
    world.stripe.sessions["cs_live_alice"]["created"] = int(ago(days=14).timestamp())
    world.stripe.charge_of("cs_live_alice")["created"] = int(ago(days=14).timestamp())
    world.sql(
        "update public.module_access set created_at = now() - interval '14 days',"
        f" updated_at = now() - interval '14 days', expires_at = now() - interval '11 days'"
        f" where user_id = '{ALICE}'"
    )


def bought_again(world: World) -> None:
    world.buys("alice", 15, id="cs_live_alice2")


FAULT = Fault(
    what="paid a second time, and nothing appears",
    inject=(ended_long_ago,),
    cause="data.row-in-the-way",
    says="1 payment (9.90 EUR) was refused for a row that its customer has already",
    then=bought_again,
    before={"alice": []},
    quiet=("payments.unfulfilled",),
    statuses={"site.webhook-handler": "ok", "data.expired-active": "warn"},
    notes={"data.row-in-the-way": "still marked active: 1"},
    fix="reconcile",
    after={"alice": ["15"], "bob": ["6", "13"]},
)
