"""How long something lasts: a span of hours, or a calendar month or year."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from iahome_fix.spans import parse_span, span_text

LATEST = datetime(9999, 12, 30, tzinfo=UTC)
"""The last moment that is handled as a time; what would end later ends here."""
_MONTHS = {"month": 1, "year": 12}
LATE = timedelta(hours=1)
"""By so much an access may start late and still cover the term that was bought (sql/domain/served.sql); two
ends that differ by no more are the same."""


@dataclass(frozen=True)
class Length:
    """A span, or so many calendar months."""

    span: timedelta = timedelta(0)
    months: int = 0

    @property
    def text(self) -> str:
        """As `length_of` reads it."""
        named = next((word for word, months in _MONTHS.items() if months == self.months), None)
        return named or span_text(self.span)

    def after(self, moment: datetime) -> datetime:
        """When it ends that begins at a moment (UTC).

        Months are counted as JavaScript does it: from the 31st of January to the third of March.
        """
        if self.months:
            count = moment.month - 1 + self.months
            year, month = moment.year + count // 12, count % 12 + 1
            if year > LATEST.year - 1:
                return LATEST
            return moment.replace(year=year, month=month, day=1) + timedelta(days=moment.day - 1)
        return LATEST if moment >= LATEST - self.span else moment + self.span


def length_of(text: str, option: str) -> Length:
    """`72h`, `30d`, `2w`, or the words `month` and `year`. Raises UsageError, naming the option."""
    months = _MONTHS.get(text.strip().lower())
    return Length(months=months) if months else Length(parse_span(text, option))


def distinct(lengths: Iterable[Length], moment: datetime) -> tuple[Length, ...]:
    """Those of them that end at another time when they begin at that moment, the shortest first."""
    found: list[Length] = []
    for one in sorted(lengths, key=lambda length: length.after(moment)):
        if not found or one.after(moment) - found[-1].after(moment) > LATE:
            found.append(one)
    return tuple(found)
