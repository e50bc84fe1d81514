"""F07: a line end was pasted with the signing secret."""

from __future__ import annotations

from tests.faults.model import Fault, resend
from tests.faults.world import World


def paste_line_end(world: World) -> None:
    world.variables["STRIPE_WEBHOOK_SECRET"] = world.site.webhook_secret = world.endpoint.secret + "\r\n"


def write_again(world: World) -> None:
    world.variables["STRIPE_WEBHOOK_SECRET"] = world.site.webhook_secret = world.endpoint.secret


FAULT = Fault(
    what="the app does not strip, so the line end is part of the key",
    inject=(paste_line_end,),
    cause="env.stripe-webhook-secret",
    says="STRIPE_WEBHOOK_SECRET holds a line break",
    before={"carol": []},
    quiet=("site.webhook-secret", "site.webhook-body", "stripe.undelivered", "payments.unfulfilled"),
    repair=(write_again, resend),
    after={"carol": ["15"]},
)
