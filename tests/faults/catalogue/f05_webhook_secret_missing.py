"""F05: the signing secret is not set, so every event is refused."""

from __future__ import annotations

from tests.faults.model import Fault, resend, site, variables
from tests.faults.world import World


def set_secret(world: World) -> None:
    world.variables["STRIPE_WEBHOOK_SECRET"] = world.site.webhook_secret = world.endpoint.secret


FAULT = Fault(
    what="without the secret the handler refuses what is rightly signed as well",
    inject=(variables(STRIPE_WEBHOOK_SECRET=None), site(webhook_secret=None)),
    cause="env.stripe-webhook-secret",
    says="STRIPE_WEBHOOK_SECRET is not set. The app then refuses every event",
    before={"carol": []},
    quiet=("site.webhook-secret", "site.webhook-body", "stripe.undelivered", "payments.unfulfilled"),
    repair=(set_secret, resend),
    after={"carol": ["15"]},
)
