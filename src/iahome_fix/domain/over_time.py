"""What was paid, given and is missing, over time: the same sales that are summed up, by day or longer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from iahome_fix.domain.sums import Adding

if TYPE_CHECKING:
    from iahome_fix.domain.sale import Sale
    from iahome_fix.systems.stripe_payments import Payment


class Unit(StrEnum):
    """How long a period is; weeks begin on Monday, and every day at midnight UTC."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


_MOST_DAYS = {Unit.DAY: 35, Unit.WEEK: 420, Unit.MONTH: 3660}
"""A longer time is told in the next unit, so that nobody has to count a hundred bars."""


@dataclass(frozen=True)
class Period:
    """The sales of one period, by when they were paid.

    Attributes:
        begin: its first day (UTC).
        paid: sales whose money is there; of these `granted` were served and `missing` are owed. The rest is
            neither: taken away on purpose, unclear, or for a person to decide.
        amount: what their payments cost, by currency in its smallest unit; `owed`: those of the missing.
    """

    begin: date
    paid: int = 0
    granted: int = 0
    missing: int = 0
    amount: Mapping[str, int] = field(default_factory=dict)
    owed: Mapping[str, int] = field(default_factory=dict)

    @property
    def rest(self) -> int:
        """Neither granted nor missing."""
        return self.paid - self.granted - self.missing


@dataclass(frozen=True)
class OverTime:
    """All periods from the first payment to the moment of the run, the empty ones as well.

    `told`: whether granted and missing could be told; where not, payments are counted, not their modules.
    """

    unit: Unit
    periods: tuple[Period, ...]
    told: bool = True


@dataclass
class _Kinds:
    paid: int = 0
    granted: int = 0
    missing: int = 0
    amount: Adding = field(default_factory=Adding)
    owed: Adding = field(default_factory=Adding)

    def period(self, begin: date) -> Period:
        return Period(begin, self.paid, self.granted, self.missing, self.amount.amount, self.owed.amount)


def over_time(sales: Collection[Sale], now: datetime) -> OverTime:
    """These sales, by when they were paid. `now`: the moment of the run (UTC), with which the last ends."""
    unit, kinds = _kinds((sale.session for sale in sales), now)
    for sale in sales:
        there = kinds[_begin(_day(sale.session, now), unit)]
        there.paid += 1
        there.amount.add(sale.session)
        there.granted += sale.served
        if sale.owed:
            there.missing += 1
            there.owed.add(sale.session)
    return OverTime(unit, tuple(there.period(begin) for begin, there in kinds.items()))


def paid_over_time(payments: Collection[Payment], now: datetime) -> OverTime:
    """Payments of which nobody can tell yet what they gave."""
    unit, kinds = _kinds(payments, now)
    for payment in payments:
        there = kinds[_begin(_day(payment, now), unit)]
        there.paid += 1
        there.amount.add(payment)
    return OverTime(unit, tuple(there.period(begin) for begin, there in kinds.items()), told=False)


def _kinds(payments: Iterable[Payment], now: datetime) -> tuple[Unit, dict[date, _Kinds]]:
    """The unit and all its periods, empty."""
    first, last = min((_day(payment, now) for payment in payments), default=None), now.date()
    if first is None:
        return Unit.DAY, {}
    unit = next((u for u, most in _MOST_DAYS.items() if (last - first).days <= most), Unit.YEAR)
    return unit, {begin: _Kinds() for begin in _begins(first, last, unit)}


def _day(payment: Payment, now: datetime) -> date:
    """The clock of Stripe may be ahead of this one."""
    return min(payment.moment, now).date()


def _begins(first: date, last: date, unit: Unit) -> Iterator[date]:
    begin = _begin(first, unit)
    while begin <= last:
        yield begin
        begin = _begin(begin + timedelta(days={"day": 1, "week": 7, "month": 32, "year": 367}[unit]), unit)


def _begin(day: date, unit: Unit) -> date:
    """The first day of the period in which the day is."""
    if unit is Unit.WEEK:
        return day - timedelta(days=day.weekday())
    if unit is Unit.MONTH:
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit is Unit.YEAR else day
