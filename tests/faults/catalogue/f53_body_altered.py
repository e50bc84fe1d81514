"""F53: something in front rewrites the body before the signature is checked."""

from __future__ import annotations

from tests.faults.model import Fault, resend, site

FAULT = Fault(
    what="plain ASCII passes, the first accent in a name does not",
    inject=(site(alters_body=True),),
    cause="site.webhook-body",
    says="the body is altered on the way",
    before={"carol": []},
    quiet=("stripe.undelivered", "payments.unfulfilled", "site.webhook-handler"),
    statuses={"site.webhook-secret": "ok"},
    repair=(site(alters_body=False), resend),
    after={"carol": ["15"]},
)
