"""F44: the endpoint subscribes to other events than the handler needs."""

from __future__ import annotations

from tests.faults.model import Fault, endpoint, resend

FAULT = Fault(
    what="all deliveries are green, and none of them is the one that grants",
    inject=(endpoint(enabled_events=["payment_intent.succeeded", "charge.succeeded"]),),
    cause="stripe.endpoint-events",
    says="the endpoint does not get checkout.session.completed",
    before={"carol": []},
    quiet=("stripe.undelivered", "payments.unfulfilled", "site.webhook-handler"),
    fix="check-stripe --fix",
    repair=(resend,),
    after={"carol": ["15"]},
)
