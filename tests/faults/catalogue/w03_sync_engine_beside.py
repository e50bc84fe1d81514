"""W03, a decoy: Supabase's Stripe Sync Engine mirrors the account beside the app's own endpoint."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import World, ago


def engine(world: World) -> None:
    for url, metadata in (
        ("https://project.supabase.example.test/functions/v1/stripe-webhook", {}),
        (world.site.url + "/functions/v1/stripe-webhook", {}),
        (world.site.url + "/stripe-webhooks/one", {"managed_by": "stripe-sync"}),
    ):
        made = world.stripe.add_endpoint(url=url, enabled_events=["*"], created=ago(days=9))
        made.metadata = metadata


FAULT = Fault(
    what="an endpoint that gets everything and mirrors it: no double, and nothing to repair",
    inject=(engine,),
    cause=None,
    before={"carol": ["15"]},
    statuses={
        "stripe.endpoint": "ok",
        "stripe.endpoint-url": "ok",
        "stripe.endpoint-duplicates": "ok",
        "stripe.undelivered": "warn",
    },
)
