"""W02: the same challenge meets Stripe, too: what was paid waits."""

from __future__ import annotations

from tests.faults.model import Fault, resend, site

FAULT = Fault(
    what="earlier deliveries prove nothing once one waits",
    inject=(site(gate=403),),
    cause="site.webhook-route",
    says="a gate answers 403 before the handler is reached",
    before={"carol": []},
    quiet=("site.webhook-secret", "site.webhook-body", "stripe.undelivered", "payments.unfulfilled"),
    repair=(site(gate=None), resend),
    after={"carol": ["15"]},
)
