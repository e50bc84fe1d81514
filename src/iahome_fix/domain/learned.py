"""What the shop's own rows say of how long it sells a module: the one place where that is concluded.

The handler wrote them, each from the payment to its end; which of the usual lengths fit is asked by
sql/domain/terms.sql. A version of the app that sold for another term has rows of another time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.domain.lengths import LATEST, Length, length_of
from iahome_fix.systems.literals import literal

if TYPE_CHECKING:
    from iahome_fix.profile import AppProfile
    from iahome_fix.systems.database import Database, Row

_OPTION = "sql/domain/terms"
_MANY = 10
"""By so many times the rows of one length outweigh those of another that were made in the same time."""


@dataclass(frozen=True)
class Period:
    """In which rows of one length were made.

    Attributes:
        lengths: the one, or those that cannot be told apart by these rows.
        first, last: when the first and the last of the rows were made (UTC).
        rows: how many there are.
    """

    lengths: frozenset[Length]
    first: datetime
    last: datetime
    rows: int


@dataclass(frozen=True)
class Learned:
    """How long each module was sold, as far as the rows tell.

    Attributes:
        periods: by module, in the order of time; where they overlap, they contradict each other.
        otherwise: what may have been sold where no row of the module tells: one length, or the candidates.
    """

    otherwise: tuple[Length, ...]
    periods: Mapping[str, tuple[Period, ...]] = field(default_factory=dict)

    def of(self, module: str | None, paid: datetime) -> tuple[Length, ...]:
        """What a module may have been sold for at a moment (UTC): one length where that is known.

        The period in which it was paid, else those on both sides. Where rows of different lengths were made
        in the same time, each of them may be it.
        """
        periods = self.periods.get(module or "", ())
        if not periods:
            return self.otherwise
        if any(one.last >= after.first for one, after in pairwise(periods)):
            return _all(periods)
        before = [one for one in periods if one.first <= paid][-1:]
        if before and paid <= before[0].last:
            return _all(before)
        return _all((*before, *[one for one in periods if one.first > paid][:1]))

    def rows_of(self, module: str) -> int:
        """How many rows tell how long a module was sold."""
        return sum(one.rows for one in self.periods.get(module, ()))


def learned(db: Database, profile: AppProfile, own: Sequence[str] = ()) -> Learned:
    """What the rows of the shop say. Raises SqlError and DatabaseUnreachable.

    `own`: the ids of rows that this tool wrote, for as long as the operator said, where rows do not say it:
    of what the handler writes they tell nothing.
    """
    text = sql.load("domain/terms", profile)
    if own:
        text = text.replace("/* ours */", f"and x.row_id <> all ({literal(list(own))}::text[])")
    return of_rows(db.read(text, patient=True), profile)


def of_rows(rows: Iterable[Row], profile: AppProfile) -> Learned:
    """What follows from the answers of sql/domain/terms.sql."""
    term = profile.term
    otherwise = tuple(length_of(text, _OPTION) for text in term.sells) or (Length(term.usual),)
    by_module: dict[str, list[Period]] = {}
    for row in rows:
        lengths = frozenset(length_of(name, _OPTION) for name in row["fits"])
        first, last = (datetime.fromisoformat(row[name]) for name in ("first", "last"))
        by_module.setdefault(str(row["module_id"]), []).append(Period(lengths, first, last, int(row["rows"])))
    if term.is_stated:
        by_module = {}
    stated = {module: (_for_ever(Length(span)),) for module, span in term.by_module}
    found = {module: _periods(groups) for module, groups in by_module.items()}
    return Learned(otherwise, {**found, **stated})


def _periods(groups: Iterable[Period]) -> tuple[Period, ...]:
    """One for each length.

    Rows that fit several (thirty days are a month in June) belong to one of those that other rows have for
    themselves; where none has, they cannot be told apart.
    """
    found: dict[frozenset[Length], list[Period]] = {}
    for group in sorted(groups, key=lambda one: len(one.lengths)):
        own = [lengths for lengths in found if lengths & group.lengths]
        if len(group.lengths) > 1 and own:
            continue
        found.setdefault(group.lengths, []).append(group)
    joined = (
        Period(lengths, min(g.first for g in many), max(g.last for g in many), sum(g.rows for g in many))
        for lengths, many in found.items()
    )
    found_ones = tuple(joined)
    believed = (one for one in found_ones if not any(_outweighs(other, one) for other in found_ones))
    return tuple(sorted(believed, key=lambda one: one.first))


def _outweighs(other: Period, one: Period) -> bool:
    """Whether so many more rows of the same time say something else that one is an exception of somebody."""
    at_once = other.first <= one.last and one.first <= other.last
    return at_once and other.rows >= _MANY * one.rows


def _for_ever(length: Length) -> Period:
    return Period(frozenset((length,)), datetime(1970, 1, 1, tzinfo=UTC), LATEST, 0)


def _all(periods: Iterable[Period]) -> tuple[Length, ...]:
    lengths = {length for one in periods for length in one.lengths}
    return tuple(sorted(lengths, key=lambda one: (one.months, one.span)))
