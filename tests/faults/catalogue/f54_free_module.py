"""F54, no fault: a free module never goes through Stripe."""

from __future__ import annotations

from tests.faults.model import Fault, nobody_buys

FAULT = Fault(
    what="no session, no webhook, no row: nothing was sold",
    inject=(),
    cause=None,
    then=nobody_buys,
    before={"carol": []},
    statuses={"payments.unfulfilled": "ok"},
)
