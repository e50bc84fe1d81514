"""F83: the checkout strips characters of the address in the metadata, by which the handler looks."""

from __future__ import annotations

from tests.faults.model import Fault, sql
from tests.faults.world import World


def buys_with_a_tag(world: World) -> None:
    named = {"customer_email": "carolshop@example.test", "items_ids": "15", "type": "payment"}
    world.buys(
        "carol",
        15,
        email="carol+shop@example.test",
        metadata=named,
    )


FAULT = Fault(
    what="customers with a plus in their address never get anything",
    inject=(
        sql("update auth.users set email = 'carol+shop@example.test' where email = 'carol@example.test'"),
        sql(
            "update public.profiles set email = 'carol+shop@example.test' where email = 'carol@example.test'"
        ),
    ),
    cause="site.checkout-address",
    says="it strips characters: +",
    then=buys_with_a_tag,
    quiet=("payments.unfulfilled",),
    statuses={"site.webhook-handler": "ok"},
    fix="reconcile",
)
