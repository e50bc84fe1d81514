"""W02, a decoy: this machine asked too often; deliveries pass."""

from __future__ import annotations

from iahome_fix.sandbox.loopback import json_response
from tests.faults.model import Fault, site

FAULT = Fault(
    what="a limit of requests for each address: Stripe's is another one",
    inject=(site(only_stripe=json_response(429, {"error": "rate limited"})),),
    cause=None,
    verdict="unknown",
    statuses={
        "site.webhook-route": "unknown",
        "site.webhook-secret": "unknown",
        "site.webhook-body": "unknown",
        "site.encours": "unknown",
    },
    notes={"site.webhook-route": "deliveries show that it works"},
)
