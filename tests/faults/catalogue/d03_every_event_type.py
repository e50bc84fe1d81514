"""D03, a decoy: the endpoint gets every type of event."""

from __future__ import annotations

from tests.faults.model import Fault, endpoint

FAULT = Fault(
    what="what the handler does not know it ignores",
    inject=(endpoint(enabled_events=["*"]),),
    cause=None,
    before={"carol": ["15"]},
    statuses={"stripe.endpoint-events": "ok"},
)
