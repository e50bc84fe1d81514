"""F48: the cause is gone, but what it cost was never delivered again."""

from __future__ import annotations

from tests.faults.model import Fault, nobody_buys
from tests.faults.world import World, ago


def lost_five_days_ago(world: World) -> None:
    when = ago(days=5)
    session = world.stripe.add_session(**world.paid("carol", 15, when=when))
    world.stripe.add_event(object_id=session["id"], created=when, pending_webhooks=1)


FAULT = Fault(
    what="retries end after three days; new purchases work",
    inject=(lost_five_days_ago,),
    cause="stripe.undelivered",
    says="1 payment was not delivered and its customer has nothing: newer ones were served",
    then=nobody_buys,
    before={"carol": [], "alice": ["15"]},
    quiet=("payments.unfulfilled",),
    statuses={"site.webhook-handler": "ok"},
    # The term that was bought is over: it begins anew, or the payment is left to a person.
    fix="reconcile --from now",
    after={"carol": ["15"]},
)
