"""W02, a decoy: a protection challenges this machine on every path, and lets Stripe through."""

from __future__ import annotations

from iahome_fix.sandbox.loopback import html_response
from tests.faults.model import Fault, site

FAULT = Fault(
    what="bot protection with an exception for Stripe: nothing waits, and every payment left its row",
    inject=(site(only_stripe=html_response(403, "Just a moment...", {"cf-mitigated": "challenge"})),),
    cause=None,
    verdict="unknown",
    before={},
    statuses={
        "site.webhook-route": "unknown",
        "site.webhook-secret": "unknown",
        "site.webhook-body": "unknown",
        "site.encours": "unknown",
        "stripe.undelivered": "ok",
        "payments.unfulfilled": "ok",
    },
    notes={"site.webhook-route": "deliveries show that it works"},
)
