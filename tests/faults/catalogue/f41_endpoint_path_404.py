"""F41: the endpoint names a route that the deployed app does not have."""

from __future__ import annotations

from tests.faults.model import Fault, resend
from tests.faults.world import World


def old_path(world: World) -> None:
    world.endpoint.url = world.site.url + "/api/stripe-webhook"


FAULT = Fault(
    what="every delivery gets a 404",
    inject=(old_path,),
    cause="stripe.endpoint-url",
    says="answers 404",
    before={"carol": []},
    hint="the expected address answers 400",
    quiet=("stripe.endpoint-enabled", "stripe.endpoint-events", "stripe.undelivered", "payments.unfulfilled"),
    statuses={"site.webhook-route": "ok", "site.webhook-secret": "ok"},
    fix="check-stripe --fix",
    repair=(resend,),
    after={"carol": ["15"]},
)
