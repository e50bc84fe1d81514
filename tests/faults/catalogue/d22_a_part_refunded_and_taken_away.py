"""D22, a decoy: one of two modules was given back, and somebody switched its access off, or ended it."""

from __future__ import annotations

from tests.faults.model import Fault, carol_buys, sql
from tests.faults.world import ALICE, BOB, World, ago


def refunds_a_part(world: World) -> None:
    world.stripe.refund("cs_live_bob", 990)
    world.buys("alice", 6, 13, when=ago(minutes=30), id="cs_live_alice_again")
    world.sql(
        f"update public.module_access set expires_at = now() - interval '1 minute'"
        f" where user_id = '{ALICE}' and module_id = 6"
    )
    world.stripe.refund("cs_live_alice_again", 990)
    carol_buys(world)


FAULT = Fault(
    what="nothing is owed: what was taken away is what was refunded, for all that is known",
    inject=(
        sql(
            f"update public.module_access set is_active = false where user_id = '{BOB}' and module_id = 13;"
            f"delete from public.access_tokens"
        ),
    ),
    cause=None,
    then=refunds_a_part,
    before={"bob": ["6"], "alice": ["13", "15"], "carol": ["15"]},
    statuses={
        "data.deactivated": "warn",
        "data.ended-early": "warn",
        "data.expired-active": "warn",
        "payments.unfulfilled": "ok",
    },
    notes={"data.ended-early": "or a part of its payment was refunded"},
)
