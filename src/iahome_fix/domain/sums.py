"""What an operator asks for first: how many customers, and how much money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from iahome_fix.domain.trace import Step

if TYPE_CHECKING:
    from iahome_fix.domain.sale import Sale
    from iahome_fix.systems.stripe_payments import Payment


@dataclass(frozen=True)
class Sums:
    """Some sales, counted.

    Attributes:
        customers: how many profiles they lead to; a payment that leads to none counts as one more.
        amount: what their payments cost, by currency in its smallest unit; each payment once.
        oldest: when the first of them was paid (UTC).
    """

    sales: int = 0
    customers: int = 0
    amount: Mapping[str, int] = field(default_factory=dict)
    oldest: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "sales": self.sales,
            "customers": self.customers,
            "amount": dict(self.amount),
            "oldest": self.oldest.isoformat() if self.oldest else None,
        }


@dataclass(frozen=True)
class Reason:
    """Why some sales are owed: the check that speaks for it and the step of the way where they stop.

    `step` None: every step holds today, so they are from before the last repair, or nobody knows why.
    """

    check: str
    step: Step | None
    sums: Sums

    def as_json(self) -> dict[str, Any]:
        step = self.step.value if self.step is not None else None
        return {"check": self.check, "step": step, **self.sums.as_json()}


@dataclass(frozen=True)
class Overview:
    """All sales of a look: those whose money is there, those of them that were served, and those owed."""

    due: Sums
    served: Sums
    owed: Sums
    reasons: tuple[Reason, ...] = ()

    def arranged(self, causes: Iterable[str]) -> tuple[str, ...]:
        """The same checks; of several that stop sales at one step, those first that stop more of them, then
        those of more money. All others keep their places.
        """
        found = list(causes)
        for step in {reason.step for reason in self.reasons}:
            there = [reason.check for reason in self.reasons if reason.step is step and reason.check in found]
            for place, check in zip(sorted(map(found.index, there)), there, strict=True):
                found[place] = check
        return tuple(found)

    def as_json(self) -> dict[str, Any]:
        return {
            "due": self.due.sales,
            "served": self.served.sales,
            "owed": self.owed.sales,
            "customers": self.owed.customers,
            "amount": dict(self.owed.amount),
            "reasons": [reason.as_json() for reason in self.reasons],
        }


class Adding:
    """Adds up payments one after the other, each once, and holds none of them."""

    def __init__(self) -> None:
        self.amount: dict[str, int] = {}
        self._seen: set[int] = set()

    def add(self, payment: Payment) -> None:
        """Count what it cost, unless that was counted before."""
        self.count(payment.id, payment.amount_total, payment.currency)

    def count(self, payment_id: str, amount: int | None, currency: str | None) -> None:
        """The same, of a payment of that id; `amount` in the smallest unit of its currency."""
        number = hash(payment_id)
        if number not in self._seen:
            self._seen.add(number)
            if amount and currency:
                self.amount[currency] = self.amount.get(currency, 0) + amount


class AddingSales(Adding):
    """The same for sales: how many, of how many customers, and since when."""

    def __init__(self) -> None:
        super().__init__()
        self._sales = 0
        self._customers: set[int] = set()
        self._oldest: datetime | None = None

    def take(self, sale: Sale) -> None:
        """Count a sale."""
        self._sales += 1
        self._customers.add(hash(sale.owner or sale.session.id))
        self._oldest = min(self._oldest or sale.session.moment, sale.session.moment)
        self.add(sale.session)

    @property
    def sums(self) -> Sums:
        """Those that were taken so far."""
        return Sums(self._sales, len(self._customers), dict(self.amount), self._oldest)


def sums_of(sales: Iterable[Sale]) -> Sums:
    """These sales, counted."""
    adding = AddingSales()
    for sale in sales:
        adding.take(sale)
    return adding.sums


def amounts_of(sessions: Iterable[Payment]) -> dict[str, int]:
    """What these sessions cost by currency, in the smallest units; each session once."""
    adding = Adding()
    for session in sessions:
        adding.add(session)
    return adding.amount
