"""The chart of payments: bars as high as their numbers, on a scale of round ones."""

from __future__ import annotations

from itertools import pairwise

import pytest

from iahome_fix.domain.over_time import over_time
from iahome_fix.domain.sale import Verdict
from iahome_fix.output.page.chart import chart, steps
from tests.output.page_support import NOW, sale


@pytest.mark.parametrize(
    ("most", "marks"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (3, [0, 1, 2, 3]),
        (7, [0, 2, 4, 6, 8]),
        (41, [0, 20, 40, 60]),
        (800, [0, 200, 400, 600, 800]),
    ],
)
def test_the_scale_has_few_round_numbers(most: int, marks: list[int]) -> None:
    assert steps(most) == marks


def test_bars_are_stacked_to_the_height_of_what_was_paid() -> None:
    sales = [sale(n, Verdict.OWED if n % 2 else Verdict.SERVED, days=n // 4) for n in range(20)]
    found = over_time([*sales, sale(99, Verdict.WITHDRAWN, days=1)], NOW)
    days = [f"{period.begin:%m-%d}" for period in found.periods]
    made = chart("t", "d", (("missing", "m"), ("rest", "r"), ("granted", "g"), ("paid", "p")), found, days)
    assert made.legend == (("missing", "m"), ("rest", "r"), ("granted", "g"))
    for layout in made.layouts:
        zero = layout.rules[0].y
        unit = (zero - layout.rules[-1].y) / int(layout.rules[-1].label)
        columns: dict[float, float] = {}
        for bar in layout.bars:
            assert bar.y + bar.height == pytest.approx(columns.get(bar.x, zero), abs=0.02), "a gap"
            columns[bar.x] = bar.y
        heights = [round((zero - top) / unit) for _x, top in sorted(columns.items())]
        assert heights == [period.paid for period in found.periods if period.paid]
        assert all(layout.left <= bar.x and bar.x + bar.width <= layout.right for bar in layout.bars)
        assert layout.labels[-1].text == days[-1]
        assert all(0 < label.x < layout.width for label in layout.labels)


def test_a_hundred_periods_have_labels_that_do_not_touch() -> None:
    found = over_time([sale(n, days=n * 7) for n in range(55)], NOW)
    days = [f"{period.begin:%m-%d}" for period in found.periods]
    for layout in chart("t", "d", (), found, days).layouts:
        places = [label.x for label in layout.labels]
        assert len(places) > 2
        # A letter takes no more than 7.2 of the picture's units.
        assert all(b - a > 5 * 7.2 + 2 for a, b in pairwise(places))
