"""Payments over time as a chart of stacked bars: how high each part is, and where the marks stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from iahome_fix.domain.over_time import OverTime, Period
from iahome_fix.output.page.chain_picture import Fit

_SIZES: dict[Fit, tuple[float, float]] = {"wide": (720, 240), "narrow": (330, 220)}
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 10.0, 26.0, 34.0
_WIDEST_BAR = 36.0
_NUMBERS_FROM = 14.0
"""Bars that are thinner have no number above them."""
_LETTER = 7.2


@dataclass(frozen=True)
class Bar:
    """One part of one period: `kind` is granted, missing, rest or paid."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Text:
    """A label whose middle is at `x`."""

    text: str
    x: float
    y: float = 0.0


@dataclass(frozen=True)
class Rule:
    """A horizontal line with its number."""

    y: float
    label: str


@dataclass(frozen=True)
class ChartLayout:
    """The chart for a page or for a phone."""

    fit: Fit
    width: float
    height: float
    left: float
    right: float
    bars: tuple[Bar, ...]
    rules: tuple[Rule, ...]
    labels: tuple[Text, ...]
    numbers: tuple[Text, ...]


@dataclass(frozen=True)
class Chart:
    """The chart in both layouts. `legend`: kinds that occur, each with its word."""

    title: str
    text: str
    legend: tuple[tuple[str, str], ...]
    layouts: tuple[ChartLayout, ...]


def chart(
    title: str, text: str, legend: Sequence[tuple[str, str]], found: OverTime, days: Sequence[str]
) -> Chart:
    """The chart of these periods. `legend`: every kind with its word; `days`: how each period is called."""
    layouts = tuple(_layout(form, found, days) for form in _SIZES)
    there = {bar.kind for layout in layouts for bar in layout.bars}
    return Chart(title, text, tuple(entry for entry in legend if entry[0] in there), layouts)


def steps(most: int, about: int = 4) -> list[int]:
    """Round numbers from 0 to at least `most`, some four of them."""
    most = max(most, 1)
    size = 1
    while True:
        for times in (1, 2, 5):
            step = times * size
            if most <= step * about:
                return list(range(0, -(-most // step) * step + 1, step))
        size *= 10


def _parts(period: Period, *, told: bool) -> tuple[tuple[str, int], ...]:
    """From the bottom up."""
    if not told:
        return (("paid", period.paid),)
    return ("granted", period.granted), ("rest", period.rest), ("missing", period.missing)


def _layout(form: Fit, found: OverTime, days: Sequence[str]) -> ChartLayout:
    width, height = _SIZES[form]
    bottom = height - _BOTTOM
    marks = steps(max(period.paid for period in found.periods))
    unit = (bottom - _TOP) / marks[-1]
    room = (width - _LEFT - _RIGHT) / len(found.periods)
    bar_width = min(room * 0.72, _WIDEST_BAR)
    bars: list[Bar] = []
    numbers: list[Text] = []
    for number, period in enumerate(found.periods):
        middle = _LEFT + (number + 0.5) * room
        y = bottom
        for kind, count in _parts(period, told=found.told):
            if count > 0:
                tall = count * unit
                y -= tall
                bars.append(
                    Bar(
                        kind,
                        round(middle - bar_width / 2, 2),
                        round(y, 2),
                        round(bar_width, 2),
                        round(tall, 2),
                    )
                )
        if period.missing and bar_width >= _NUMBERS_FROM:
            numbers.append(Text(str(period.missing), round(middle, 2), round(y - 5, 2)))
    return ChartLayout(
        form,
        width,
        height,
        _LEFT,
        width - _RIGHT,
        tuple(bars),
        tuple(Rule(round(bottom - mark * unit, 2), str(mark)) for mark in marks),
        tuple(_labels(days, room, width)),
        tuple(numbers),
    )


def _labels(days: Sequence[str], room: float, width: float) -> list[Text]:
    """The last one, and before it as many as can stand beside each other, at even distances."""
    needed = max(map(len, days)) * _LETTER
    every = max(-int(-(needed + 14) // room), 1)
    found = []
    for number in range(len(days) - 1, -1, -every):
        # One at the edge is moved inwards.
        middle = min(_LEFT + (number + 0.5) * room, width - needed / 2)
        found.append(Text(days[number], round(middle, 2)))
    return found[::-1]
