"""The Stripe side of the data in sql/sandbox/awkward.sql: lifelike Checkout Sessions, and what is due.

Everybody who paid has a token that outlasts the term bought, so a backfill serves them all; after it, nobody
is owed anything. Amounts are in cents; times are relative to now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

MODULES = {3: "Metube", 6: "Cogstudio", 8: "Invoke", 13: "ruinedfooocus", 15: "Stable diffusion"}

CUSTOMERS = {
    f"{name}@example.test": f"11111111-aaaa-4000-8000-{number:012d}"
    for number, name in enumerate(
        (
            "amelie.durand",
            "bastien.leroy",
            "chloe.martin",
            "david.nguyen",
            "elodie.petit",
            "farid.benali",
            "gaelle.robin",
            "hugo.moreau",
            "ines.garcia",
            "julien.fabre",
            "karim.haddad",
            "lea.bernard",
        ),
        start=1,
    )
}
"""E-mail address → id of the dozen customers."""


@dataclass(frozen=True)
class WorldSession:
    """One Checkout Session.

    Attributes:
        ago: how long before now it was opened.
        email: as the buyer typed it.
        modules: ids, as in the metadata `items_ids`.
        amount: in cents.
        refunded: the part given back, in cents.
    """

    id: str
    ago: timedelta
    email: str
    modules: tuple[int, ...]
    amount: int
    status: str = "complete"
    payment_status: str = "paid"
    refunded: int = 0

    def arguments(self, now: datetime, *, livemode: bool = True) -> dict[str, Any]:
        """Keyword arguments for `StripeState.add_session` of the Stripe stand-in; `now` is aware."""
        return {
            "id": self.id,
            "created": now - self.ago,
            "livemode": livemode,
            "status": self.status,
            "payment_status": self.payment_status,
            "amount_total": self.amount,
            "customer_email": self.email,
            "refunded": self.refunded,
            "metadata": {
                "customer_email": self.email,
                "items_count": str(len(self.modules)),
                "total_amount": f"{self.amount / 100:.2f}",
                "type": "payment",
                "items_ids": ",".join(str(module) for module in self.modules),
            },
        }


def _hours(count: float) -> timedelta:
    return timedelta(hours=count)


SESSIONS = (
    WorldSession("cs_test_amelie", _hours(5), "amelie.durand@example.test", (15,), 990),
    WorldSession("cs_test_bastien", _hours(26), "bastien.leroy@example.test", (6, 13), 1980),
    WorldSession("cs_test_chloe", _hours(49), "Chloe.Martin@Example.test", (8,), 990),
    WorldSession("cs_test_david", _hours(58), "david.nguyen@example.test", (13,), 990),
    # a coupon over the whole price
    WorldSession(
        "cs_test_farid",
        _hours(12),
        "farid.benali@example.test",
        (15,),
        0,
        payment_status="no_payment_required",
    ),
    # left at the payment page
    WorldSession(
        "cs_test_ines",
        _hours(31),
        "ines.garcia@example.test",
        (15,),
        990,
        status="expired",
        payment_status="unpaid",
    ),
    # paid, then given back in full; the token was taken away
    WorldSession("cs_test_hugo", _hours(20), "hugo.moreau@example.test", (8,), 990, refunded=990),
    # served by a token whose term is over
    WorldSession("cs_test_gaelle", timedelta(days=9), "gaelle.robin@example.test", (6,), 990),
)


WITHOUT_TOKEN = WorldSession("cs_test_julien", _hours(7), "julien.fabre@example.test", (15,), 990)
"""Paid after the token route broke down: only a reconcile serves this one."""


@dataclass(frozen=True)
class BackfillCounts:
    """What a backfill of sql/sandbox/awkward.sql has to count."""

    tokens: int = 14
    to_create: int = 9
    covered: int = 0
    no_owner: int = 1
    no_module: int = 1
    unknown_module: int = 1
    expired: int = 1
    duplicate: int = 1
    unknown_user: int = 1


BACKFILL = BackfillCounts()

SHOWN_AT_THE_END = {
    "amelie.durand@example.test": (15,),
    "bastien.leroy@example.test": (6, 13),
    "chloe.martin@example.test": (8,),
    "david.nguyen@example.test": (13,),
    "elodie.petit@example.test": (3,),
    "farid.benali@example.test": (15,),
    "julien.fabre@example.test": (15,),
    "karim.haddad@example.test": (6,),
}
"""What `/encours` lists once everybody has what was paid for or given; nobody else sees a module."""
