"""M3: opened 80 hours ago, paid 60 hours ago: 12 hours are left of what was sold, and these are given."""

from __future__ import annotations

from tests.faults.model import Fault, endpoint, site
from tests.faults.world import CAROL, World, ago


def pays_later(world: World) -> None:
    world.buys("carol", 15, when=ago(hours=80))
    world.stripe.charge_of("cs_live_carol")["created"] = int(ago(hours=60).timestamp())


def what_is_left(world: World) -> None:
    """As long as was sold from the payment on, not from the opening, and not anew."""
    ((hours,),) = world.sql(
        "select extract(epoch from expires_at - now()) / 3600 from public.module_access"
        f" where user_id = '{CAROL}' and is_active"
    )
    assert 11.9 < float(hours) < 12.1, hours


FAULT = Fault(
    what="the money came a day after the checkout, and the endpoint was made since",
    inject=(site(handler="noop"), endpoint(created=int(ago(hours=3).timestamp()))),
    cause="payments.unfulfilled",
    says="1 payment (9.90 EUR) without the access that it bought",
    then=pays_later,
    before={"carol": []},
    fix="reconcile",
    repair=(what_is_left,),
    after={"carol": ["15"]},
)
