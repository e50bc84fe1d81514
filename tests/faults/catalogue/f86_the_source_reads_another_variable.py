"""F86: the handler reads the signing secret under a name that nobody states; only the source can say so."""

from __future__ import annotations

from tests.checks.source_support import HANDLER
from tests.faults.model import Fault, Outside, resend, site, source
from tests.faults.world import World

READ = "process.env.STRIPE_WEBHOOK_SIGNING_SECRET!"


def set_secret(world: World) -> None:
    world.site.webhook_secret = world.endpoint.secret


FAULT = Fault(
    what="the handler gets undefined for a secret, and refuses every event",
    inject=(site(webhook_secret=None), source((HANDLER, "!, secret)", f"!, {READ})"))),
    cause="site.source-variables",
    says=f"{HANDLER}:9 reads STRIPE_WEBHOOK_SIGNING_SECRET, and the env files state STRIPE_WEBHOOK_SECRET (",
    before={"carol": []},
    hint="on the server, too, or read STRIPE_WEBHOOK_SECRET in the code",
    quiet=("site.webhook-secret", "site.webhook-body", "stripe.undelivered", "payments.unfulfilled"),
    repair=(source((HANDLER, READ, "process.env.STRIPE_WEBHOOK_SECRET!")), set_secret, resend),
    after={"carol": ["15"]},
    outside=Outside(
        cause="site.webhook-secret",
        says={"site.webhook-secret": "refuses an event signed with the local STRIPE_WEBHOOK_SECRET"},
    ),
)
