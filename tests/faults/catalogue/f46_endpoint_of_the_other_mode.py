"""F46: the endpoint was registered in test mode only."""

from __future__ import annotations

from tests.faults.model import Fault, endpoint, resend
from tests.faults.world import World


def deploy_its_secret(world: World) -> None:
    world.endpoint = next(e for e in world.stripe.endpoints.values() if e.livemode)
    world.variables["STRIPE_WEBHOOK_SECRET"] = world.site.webhook_secret = world.endpoint.secret


FAULT = Fault(
    what="it worked in the tests; live payments have no endpoint",
    inject=(endpoint(livemode=False),),
    cause="stripe.endpoint",
    says="in live mode",
    before={"carol": []},
    hint="an endpoint of test mode is not visible to a live key",
    quiet=("stripe.endpoint-url", "stripe.endpoint-mode", "stripe.undelivered", "payments.unfulfilled"),
    fix="check-stripe --fix",
    repair=(deploy_its_secret, resend),
    after={"carol": ["15"]},
)
