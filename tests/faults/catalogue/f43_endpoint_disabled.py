"""F43: the endpoint is disabled, though its address answers."""

from __future__ import annotations

from tests.faults.model import Fault, endpoint, resend

FAULT = Fault(
    what="what happens meanwhile is never queued: nothing pending, nothing delivered",
    inject=(endpoint(status="disabled"),),
    cause="stripe.endpoint-enabled",
    says="the endpoint is disabled, though its address answers rightly today",
    before={"carol": []},
    quiet=("stripe.undelivered", "payments.unfulfilled", "site.webhook-handler"),
    fix="check-stripe --fix",
    repair=(resend,),
    after={"carol": ["15"]},
)
