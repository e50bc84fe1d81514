"""F40: Stripe has no endpoint for this site."""

from __future__ import annotations

from tests.faults.model import Fault, resend
from tests.faults.world import World


def deploy_its_secret(world: World) -> None:
    (world.endpoint,) = world.stripe.endpoints.values()
    world.variables["STRIPE_WEBHOOK_SECRET"] = world.site.webhook_secret = world.endpoint.secret


FAULT = Fault(
    what="nobody listens, so nothing is ever pending: all green, and nothing arrives",
    inject=(lambda world: world.stripe.endpoints.clear(),),
    cause="stripe.endpoint",
    says="Stripe has no webhook endpoint at all in live mode",
    before={"carol": []},
    quiet=("stripe.endpoint-url", "stripe.endpoint-enabled", "stripe.undelivered", "payments.unfulfilled"),
    statuses={"site.webhook-route": "ok", "site.webhook-secret": "ok"},
    fix="check-stripe --fix",
    repair=(deploy_its_secret, resend),
    after={"carol": ["15"]},
)
