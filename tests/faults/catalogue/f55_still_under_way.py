"""F55, no fault yet: the browser is back before the event was delivered."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import World, ago


def a_minute_ago(world: World) -> None:
    when = ago(minutes=1)
    session = world.stripe.add_session(**world.paid("carol", 15, when=when))
    world.stripe.add_event(object_id=session["id"], created=when, pending_webhooks=1)


FAULT = Fault(
    what="paid a minute ago, and Stripe is about to tell",
    inject=(),
    cause=None,
    then=a_minute_ago,
    before={"carol": []},
    statuses={"stripe.undelivered": "ok", "payments.unfulfilled": "ok", "site.webhook-handler": "ok"},
    notes={"stripe.undelivered": "1 event is under way"},
)
