"""W01, a decoy: without a signature the handler fails with 500; what Stripe sends it takes."""

from __future__ import annotations

from tests.faults.model import Fault, site

FAULT = Fault(
    what="no header, no check for null: only who is not Stripe sees it",
    inject=(site(refusals=(500, 400)),),
    cause=None,
    before={"carol": ["15"]},
    statuses={"site.webhook-route": "warn", "site.webhook-secret": "ok", "site.webhook-body": "ok"},
    notes={"site.webhook-route": "takes what is rightly signed, but answers 500 to what is not"},
)
