"""F10: the site's address is the developer's own machine, with a live key."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import World


def local(world: World) -> None:
    port = world.site.url.rpartition(":")[2]
    world.variables["NEXT_PUBLIC_APP_URL"] = f"http://localhost:{port}"


def public(world: World) -> None:
    world.variables["NEXT_PUBLIC_APP_URL"] = world.site.url


FAULT = Fault(
    what="the buyer comes back to nothing, and the server calls itself in vain; the grant itself works",
    inject=(local,),
    cause="env.site-url",
    says="NEXT_PUBLIC_APP_URL is an address of this machine, but the Stripe key is a live key",
    before={"carol": ["15"]},
    hint="build it anew",
    quiet=("site.webhook-route", "site.encours"),
    statuses={"payments.unknown-customer": "ok"},
    repair=(public,),
    after={"carol": ["15"]},
)
