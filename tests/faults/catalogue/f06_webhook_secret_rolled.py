"""F06: Stripe has a new signing secret, file and app have the old one."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import World


def roll(world: World) -> None:
    world.stripe.roll_secret(world.endpoint.id, keep_old=False)


def deploy_new(world: World) -> None:
    world.variables["STRIPE_WEBHOOK_SECRET"] = world.site.webhook_secret = world.endpoint.secret


FAULT = Fault(
    what="file and app agree, so the probe passes; only Stripe's own deliveries are refused",
    inject=(roll,),
    cause="stripe.undelivered",
    says="only Stripe is refused",
    before={"carol": []},
    hint="the secret of the endpoint",
    quiet=("payments.unfulfilled",),
    statuses={"site.webhook-secret": "ok", "site.webhook-handler": "ok"},
    fix="reconcile",
    repair=(deploy_new,),
    after={"carol": ["15"]},
)
