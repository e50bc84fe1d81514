"""F38: the payer's address belongs to no account."""

from __future__ import annotations

from tests.faults.model import Fault

FAULT = Fault(
    what="paid with the address of the office, logged in with another",
    inject=(),
    cause="payments.unknown-customer",
    says="1 payment by an e-mail address that no profile has (9.90 EUR)",
    then=lambda world: world.buys("carol", 15, email="c.work@example.test"),
    before={"carol": []},
    hint="no access is given on a guess",
    statuses={"payments.unfulfilled": "ok", "site.webhook-handler": "ok"},
)
