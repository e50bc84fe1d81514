"""D26, a decoy: the access of a payment stands in the account of somebody else, perhaps on purpose."""

from __future__ import annotations

from tests.faults.model import Fault, nobody_buys
from tests.faults.world import BOB, World


def given_to_bob(world: World) -> None:
    """Carol paid, and the access is in Bob's account."""
    bought = world.buys("carol", 15)
    world.sql(
        f"update public.module_access set user_id = '{BOB}' where metadata ->> 'session_id' = %s",
        bought.session["id"],
    )


FAULT = Fault(
    what="the customer sees nothing, and only a person knows whether that was meant",
    inject=(given_to_bob,),
    then=nobody_buys,
    cause=None,
    before={"carol": [], "bob": ["6", "13", "15"]},
    statuses={"payments.other-account": "warn"},
    notes={"payments.other-account": "the access of 1 payment (9.90 EUR) belongs to another profile"},
)
