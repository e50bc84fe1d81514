"""W04: what is not signed is refused at once, what is rightly signed is never answered."""

from __future__ import annotations

from tests.faults.model import Fault, resend, site

FAULT = Fault(
    what="the body is read a second time, and the request waits for ever",
    inject=(site(hangs_on=frozenset({"*"})),),
    cause="site.webhook-route",
    says="never answers a rightly signed event: nothing came within 10 s",
    before={"carol": []},
    hint="a body that is read twice",
    quiet=("site.webhook-secret", "site.webhook-body", "stripe.undelivered", "payments.unfulfilled"),
    repair=(site(hangs_on=frozenset()), resend),
    after={"carol": ["15"]},
)
