"""F09: the server has a test key, the browser a live one."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import World


def test_key(world: World) -> None:
    world.variables["STRIPE_SECRET_KEY"] = world.stripe.add_key(mode="test")


def live_key(world: World) -> None:
    world.variables["STRIPE_SECRET_KEY"] = world.stripe.add_key()


FAULT = Fault(
    what="the buyer pays in test mode, where no endpoint of the site exists",
    inject=(test_key,),
    cause="env.stripe-secret-key",
    says="STRIPE_SECRET_KEY is a test key, but NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY is a live key",
    then=lambda world: world.buys("carol", 15, livemode=False),
    before={"carol": []},
    quiet=("stripe.key", "stripe.endpoint", "payments.unfulfilled"),
    repair=(live_key,),
    after={"carol": []},
)
