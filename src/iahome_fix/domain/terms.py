"""How long an access lasts that was paid for. The one place where its end is worked out.

Whether a term is over, and whether an access covers it, is asked of these moments in sql/domain/verdict.sql.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from iahome_fix.domain.learned import Learned, learned
from iahome_fix.domain.lengths import Length, distinct

if TYPE_CHECKING:
    from iahome_fix.profile import AppProfile
    from iahome_fix.systems.database import Database

LOOK_BACK = timedelta(days=90)
"""Payments that are looked at where nobody says otherwise."""
_RUN = timedelta(hours=1)
"""No run takes longer: what begins nearer to the usual look-back than this was not chosen otherwise."""


@dataclass(frozen=True)
class Terms:
    """What the app sells and what the operator chose; the same in doctor, explain, reconcile and repair.

    Attributes:
        since: sessions opened then (UTC) or later are looked at.
        usual: how long an access lasts that was paid for, by the app profile.
        chosen: how long instead, by the operator's word; None without one.
        by_module: the same for single modules.
        learned: what the shop's rows say, where the operator said nothing; None where they were not asked.
        early: by how much what the app wrote may end before what the operator says (app profile).
        from_now: what is written now begins now, not with the payment.
        include_unclear: also where Stripe does not show whether the payment was refunded.
        restore: ids of withdrawn accesses that are given back on purpose.
        own: the ids of rows that this tool wrote, where the rows do not say so.
    """

    since: datetime
    usual: timedelta
    chosen: Length | None = None
    by_module: Mapping[str, Length] = field(default_factory=dict)
    learned: Learned | None = None
    early: timedelta = timedelta(0)
    from_now: bool = False
    include_unclear: bool = False
    restore: tuple[str, ...] = ()
    own: tuple[str, ...] = ()

    @property
    def length(self) -> Length:
        """How long an access lasts that was paid for, where nothing is known of its module."""
        return Length(self.usual) if self.chosen is None else self.chosen

    def lengths(self, paid: datetime, module: str | None) -> tuple[Length, ...]:
        """How long the access lasts that was bought at `paid` (UTC): one length where that is known, else
        those that it may be, the shortest first.

        The operator's word counts first, of the module before that of all; then what the shop's rows say.
        """
        if module is not None and module in self.by_module:
            return (self.by_module[module],)
        if self.chosen is not None or self.learned is None:
            return (self.length,)
        return distinct(self.learned.of(module, paid), paid)

    def candidates(self, paid: datetime, module: str | None) -> tuple[str, ...]:
        """The lengths that it may be, as the options take them; none where it is known."""
        found = self.lengths(paid, module)
        return tuple(one.text for one in found) if len(found) > 1 else ()

    def says_by_rows(self, module: str) -> int:
        """How many rows say how long a module is sold; 0 where somebody else does."""
        if self.learned is None or self.chosen is not None or module in self.by_module:
            return 0
        return self.learned.rows_of(module)

    def sold_until(self, paid: datetime, module: str | None) -> datetime:
        """When the term ends that was bought at `paid` (UTC): from the payment, not from the opening. Where
        it is not known, the last moment that it may be."""
        return self.lengths(paid, module)[-1].after(paid)

    def covered_from(self, paid: datetime, module: str | None) -> datetime:
        """Until when an access has to last at the least to cover it."""
        end = self.lengths(paid, module)[0].after(paid)
        return end - self.early if self.chosen is not None or module in self.by_module else end

    def ends(self, paid: datetime, now: datetime, module: str | None) -> datetime:
        """When an access ends that is written at `now` for a payment at `paid` (both UTC)."""
        if self.from_now:
            return self.lengths(paid, module)[-1].after(now)
        return self.sold_until(paid, module)

    def words(self, now: datetime, *, from_now: bool = False) -> tuple[str, ...]:
        """The options by which another command of this tool has the same terms; `from_now`: it begins now.

        `now`: the moment of the run (UTC).
        """
        words: list[str] = []
        if abs(self.since - (now - LOOK_BACK)) > _RUN:
            words += ["--since", _moment(self.since)]
        return (*words, *self.duration_words(), *(("--from", "now") if from_now or self.from_now else ()))

    def duration_words(self) -> tuple[str, ...]:
        """The options by which an access lasts as long in another command; none for what is usual."""
        words = [] if self.chosen is None else [self.chosen.text]
        words += [f"{module}={length.text}" for module, length in self.by_module.items()]
        return tuple(word for text in words for word in ("--access-duration", text))


def usual(now: datetime, term: timedelta) -> Terms:
    """The terms of a run at `now` (UTC) in which nobody chose any; `term`: that of the app profile."""
    return Terms(since=now - LOOK_BACK, usual=term)


def as_sold(db: Database, terms: Terms, profile: AppProfile) -> Terms:
    """The same, with what the rows of the shop say of how long its modules were sold.

    Not asked where the operator said it of all. Raises SqlError and DatabaseUnreachable.
    """
    found = replace(terms, early=profile.term.early)
    return found if terms.chosen is not None else replace(found, learned=learned(db, profile, terms.own))


def _moment(since: datetime) -> str:
    """A moment as `--since` takes it: its day, where it is the beginning of one, else to the minute."""
    whole = (since.hour, since.minute) == (0, 0)
    return f"{since:%Y-%m-%d}" if whole else f"{since:%Y-%m-%dT%H:%MZ}"
