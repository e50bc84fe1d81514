"""F42: the app itself sends the webhook's address to another host."""

from __future__ import annotations

from tests.faults.model import Fault, resend, site

FAULT = Fault(
    what="a rule that sends everybody to www catches Stripe, too",
    inject=(site(redirect_to="https://www.example.test/api/webhooks/stripe"),),
    cause="site.webhook-route",
    says="answers 308 and points to https://www.example.test/api/webhooks/stripe: Stripe follows no redirect",
    before={"carol": []},
    quiet=("stripe.endpoint-enabled", "site.webhook-secret", "stripe.undelivered", "payments.unfulfilled"),
    repair=(site(redirect_to=None), resend),
    after={"carol": ["15"]},
)
