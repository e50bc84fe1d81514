"""Beyond the catalogue: the handler writes nothing, while an old tunnel keeps every event pending."""

from __future__ import annotations

from tests.faults.model import Fault, site
from tests.faults.world import COMPLETED, World, ago


def forgotten_tunnel(world: World) -> None:
    world.stripe.add_endpoint(
        url="https://old-tunnel.example.test/api/webhooks/stripe",
        enabled_events=[COMPLETED],
        created=ago(days=90),
    )
    for event in world.stripe.events.values():
        event["pending_webhooks"] = 1


FAULT = Fault(
    what="pending events point to the tunnel: those of served customers wait just as much",
    inject=(forgotten_tunnel, site(handler="noop")),
    cause="site.webhook-handler",
    says="the handler answers 200 without writing: 1 payment",
    before={"carol": []},
    quiet=("payments.unfulfilled",),
    statuses={"stripe.undelivered": "warn", "stripe.endpoint-duplicates": "warn"},
    fix="reconcile",
    after={"carol": ["15"]},
)
