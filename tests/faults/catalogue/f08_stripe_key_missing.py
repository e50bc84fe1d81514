"""F08: the app has no Stripe key and fails when its webhook is loaded."""

from __future__ import annotations

from tests.faults.model import Fault, resend, site, variables
from tests.faults.world import World


def set_key(world: World) -> None:
    world.variables["STRIPE_SECRET_KEY"] = world.stripe.add_key()


FAULT = Fault(
    what="every request to the route ends in a 500, unsigned ones too",
    inject=(variables(STRIPE_SECRET_KEY=None), site(status_override=500)),
    cause="env.stripe-secret-key",
    says="STRIPE_SECRET_KEY is not set",
    before={"carol": []},
    quiet=(
        "stripe.key",
        "stripe.endpoint",
        "site.webhook-route",
        "site.webhook-secret",
        "payments.unfulfilled",
    ),
    repair=(set_key, site(status_override=None), resend),
    after={"carol": ["15"]},
)
