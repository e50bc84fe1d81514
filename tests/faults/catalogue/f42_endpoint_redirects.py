"""F42: the registered address redirects, and Stripe follows no redirect."""

from __future__ import annotations

from tests.faults.model import Fault, resend
from tests.faults.world import World


def with_slash(world: World) -> None:
    world.endpoint.url += "/"


FAULT = Fault(
    what="one slash too many: a browser does not notice, Stripe counts a failure",
    inject=(with_slash,),
    cause="stripe.endpoint-url",
    says="answers 308",
    before={"carol": []},
    quiet=("stripe.endpoint-enabled", "stripe.endpoint-events", "stripe.undelivered", "payments.unfulfilled"),
    fix="check-stripe --fix",
    repair=(resend,),
    after={"carol": ["15"]},
)
