"""F51: the handler acknowledges and writes nothing; nothing structural is wrong."""

from __future__ import annotations

from tests.faults.model import Fault, site

FAULT = Fault(
    what="an error is swallowed in the code, and Stripe is content",
    inject=(site(handler="noop"),),
    cause="site.webhook-handler",
    says="the handler answers 200 without writing: 1 payment",
    before={"carol": [], "alice": ["15"]},
    quiet=("payments.unfulfilled",),
    fix="reconcile",
    after={"carol": ["15"]},
)
