"""D05, a decoy: an old tunnel's endpoint fails, the right one delivered."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import COMPLETED, World, ago


def forgotten_tunnel(world: World) -> None:
    world.stripe.add_endpoint(
        url="https://old-tunnel.example.test/api/webhooks/stripe",
        enabled_events=[COMPLETED],
        created=ago(days=90),
    )


FAULT = Fault(
    what="the event stays pending for ever, and its customer was served all the same",
    inject=(forgotten_tunnel,),
    cause=None,
    before={"carol": ["15"]},
    statuses={"stripe.endpoint-duplicates": "warn", "stripe.undelivered": "warn"},
    notes={"stripe.endpoint-duplicates": "old-tunnel.example.test"},
)
