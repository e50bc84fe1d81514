"""Sales beside the first of the shop: later ones, renewals, orders with nothing to pay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from iahome_fix.domain.sale import Sale, Verdict
from tests.checks.by_hand.shop import PAID, sale

HOUR = timedelta(hours=1)


def late(verdict: Verdict = Verdict.OWED, number: int = 2, hours: float = 1, **changed: Any) -> Sale:
    """A sale after the first, by so many hours."""
    moment = PAID + hours * HOUR
    return sale(verdict, number, **{"created": moment, "charged": moment, **changed})


def renewal(verdict: Verdict, number: int = 3, hours: float = 1, **changed: Any) -> Sale:
    made = {
        "id": f"in_{number}",
        "payment_id": f"in_{number}",
        "session_id": "cs_test_1",
        "mode": "subscription",
    }
    return late(verdict, number, hours, **{**made, **changed})


def free(verdict: Verdict = Verdict.OWED, number: int = 2, **changed: Any) -> Sale:
    return late(verdict, number, 0.5, payment_status="no_payment_required", amount_total=0, **changed)
