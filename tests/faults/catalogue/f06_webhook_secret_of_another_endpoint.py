"""F06: the running app has another signing secret than the endpoint."""

from __future__ import annotations

from iahome_fix.systems.stripe_ids import new_id
from tests.faults.model import Fault, resend
from tests.faults.world import World


def deploy_another(world: World) -> None:
    world.site.webhook_secret = new_id("whsec", 32)


def deploy_right(world: World) -> None:
    world.site.webhook_secret = world.endpoint.secret


FAULT = Fault(
    what="the secret of the command line's listener was deployed: well formed, and wrong",
    inject=(deploy_another,),
    cause="site.webhook-secret",
    says="refuses an event signed with the local STRIPE_WEBHOOK_SECRET",
    before={"carol": []},
    quiet=("site.webhook-body", "stripe.undelivered", "payments.unfulfilled", "site.webhook-handler"),
    statuses={"env.stripe-webhook-secret": "ok", "site.webhook-route": "ok"},
    repair=(deploy_right, resend),
    after={"carol": ["15"]},
)
