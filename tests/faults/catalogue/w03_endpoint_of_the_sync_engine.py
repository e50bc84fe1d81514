"""W03: only Supabase's Stripe Sync Engine listens, and that is none of the app's."""

from __future__ import annotations

from tests.faults.model import Fault, resend
from tests.faults.world import World, ago


def only_the_engine(world: World) -> None:
    world.stripe.endpoints.clear()
    world.stripe.add_endpoint(
        url=world.site.url + "/functions/v1/stripe-webhook", enabled_events=["*"], created=ago(days=9)
    )


def deploy_its_secret(world: World) -> None:
    world.endpoint = next(
        e for e in world.stripe.endpoints.values() if e.url.endswith("/api/webhooks/stripe")
    )
    world.variables["STRIPE_WEBHOOK_SECRET"] = world.site.webhook_secret = world.endpoint.secret


FAULT = Fault(
    what="it asks for every event, so something gets the payments, and no access comes of it",
    inject=(only_the_engine,),
    cause="stripe.endpoint",
    says="Stripe has no webhook endpoint for",
    before={"carol": []},
    quiet=("stripe.endpoint-url", "stripe.undelivered", "payments.unfulfilled"),
    fix="check-stripe --fix",
    repair=(deploy_its_secret, resend),
    after={"carol": ["15"]},
)
