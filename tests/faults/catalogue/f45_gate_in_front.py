"""F45: a protection in front of the app answers before the handler does."""

from __future__ import annotations

from tests.faults.model import Fault, resend, site

FAULT = Fault(
    what="the password of a preview deployment was switched on for production",
    inject=(site(gate=401),),
    cause="site.webhook-route",
    says="a gate answers 401 before the handler is reached",
    before={"carol": []},
    quiet=("site.webhook-secret", "site.webhook-body", "stripe.undelivered", "payments.unfulfilled"),
    repair=(site(gate=None), resend),
    after={"carol": ["15"]},
)
