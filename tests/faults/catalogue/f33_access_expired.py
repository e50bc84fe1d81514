"""F33: an access reached the end that was sold. Information only."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import ALICE, World, ago


def bought_long_ago(world: World) -> None:
    paid = int(ago(days=4).timestamp())
    world.stripe.sessions["cs_live_alice"]["created"] = paid
    world.stripe.charge_of("cs_live_alice")["created"] = paid
    world.sql(
        f"""
        update public.module_access
           set created_at = now() - interval '4 days', expires_at = now() - interval '1 day'
         where user_id = '{ALICE}'
        """
    )


FAULT = Fault(
    what="it was there and vanished, as sold",
    inject=(bought_long_ago,),
    cause=None,
    before={"alice": [], "carol": ["15"]},
    statuses={"data.expired-active": "warn", "payments.unfulfilled": "ok"},
    notes={"data.expired-active": "1 access has reached its end"},
)
