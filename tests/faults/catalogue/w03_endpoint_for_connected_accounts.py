"""W03: the only endpoint at the right address gets the events of connected accounts."""

from __future__ import annotations

from tests.faults.model import Fault, endpoint, resend
from tests.faults.world import World


def deploy_its_secret(world: World) -> None:
    world.endpoint = next(e for e in world.stripe.endpoints.values() if not e.application)
    world.variables["STRIPE_WEBHOOK_SECRET"] = world.site.webhook_secret = world.endpoint.secret


FAULT = Fault(
    what="made for Connect: address, events and state are right, and nothing of this account arrives",
    inject=(endpoint(application="ca_of_a_platform"),),
    cause="stripe.endpoint",
    says="gets the events of connected accounts only",
    before={"carol": []},
    quiet=("stripe.endpoint-url", "stripe.undelivered", "payments.unfulfilled"),
    statuses={"site.webhook-route": "ok", "site.webhook-secret": "ok"},
    fix="check-stripe --fix",
    repair=(deploy_its_secret, resend),
    after={"carol": ["15"]},
)
