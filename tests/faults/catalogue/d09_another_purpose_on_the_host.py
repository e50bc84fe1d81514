"""D09, a decoy: an endpoint of the same host that serves another purpose."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import World, ago


def for_invoices(world: World) -> None:
    world.stripe.add_endpoint(
        url=world.site.url + "/api/invoices", enabled_events=["invoice.paid"], created=ago(days=90)
    )


FAULT = Fault(
    what="invoices go to another route of the app; that is no webhook for modules",
    inject=(for_invoices,),
    cause=None,
    before={"carol": ["15"]},
    statuses={"stripe.endpoint": "ok", "stripe.endpoint-url": "ok"},
)
