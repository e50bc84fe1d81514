"""Payments over time: which period each falls into, and that the periods add up to the sums."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from iahome_fix.domain.over_time import Unit, over_time, paid_over_time
from iahome_fix.domain.sale import Verdict
from iahome_fix.domain.sums import sums_of
from tests.output.page_support import NOW, sale


def test_periods_add_up_and_none_is_left_out_between_the_first_and_now() -> None:
    verdicts = (Verdict.SERVED, Verdict.OWED, Verdict.OVER, Verdict.WITHDRAWN)
    sales = [sale(n, verdicts[n % 4], days=n / 3, currency="usd" if n % 5 == 0 else "eur") for n in range(60)]
    found = over_time(sales, NOW)
    assert found.unit is Unit.DAY
    days = [period.begin for period in found.periods]
    assert days == [date(2026, 11, 10) + timedelta(days=n) for n in range(21)]
    assert sum(p.paid for p in found.periods) == 60
    assert sum(p.granted for p in found.periods) == sum(s.served for s in sales) == 15
    assert sum(p.missing for p in found.periods) == sum(s.owed for s in sales) == 30
    assert sum(p.rest for p in found.periods) == 15
    for currency, units in sums_of(s for s in sales if s.owed).amount.items():
        assert sum(p.owed.get(currency, 0) for p in found.periods) == units


@pytest.mark.parametrize(
    ("days", "unit", "first", "most"),
    [
        (0, Unit.DAY, date(2026, 11, 30), 1),
        (35, Unit.DAY, date(2026, 10, 26), 36),
        (36, Unit.WEEK, date(2026, 10, 19), 7),
        (400, Unit.WEEK, date(2025, 10, 20), 59),
        (800, Unit.MONTH, date(2024, 9, 1), 27),
        (20_000, Unit.YEAR, date(1972, 1, 1), 55),
    ],
)
def test_a_longer_time_is_told_in_longer_periods(days: int, unit: Unit, first: date, most: int) -> None:
    found = over_time([sale(1, days=days), sale(2, days=0)], NOW)
    assert (found.unit, found.periods[0].begin, len(found.periods)) == (unit, first, most)
    assert sum(period.paid for period in found.periods) == 2


def test_a_payment_from_a_clock_that_is_ahead_counts_as_now() -> None:
    found = over_time([sale(1, days=-4000), sale(2, days=1)], NOW)
    assert [period.paid for period in found.periods] == [1, 1]


def test_of_payments_alone_nothing_is_granted_and_nothing_missing() -> None:
    found = paid_over_time([sale(1, Verdict.OWED).session], NOW)
    assert not found.told
    assert [(p.paid, p.granted, p.missing) for p in found.periods] == [(1, 0, 0), (0, 0, 0)]
    assert over_time([], NOW).periods == ()
