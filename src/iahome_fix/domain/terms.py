"""How long an access lasts that was paid for. The one place where its end is worked out.

Whether a term is over, and whether an access covers it, is asked of these moments in sql/domain/verdict.sql.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from iahome_fix.domain.spans import span_text

LOOK_BACK = timedelta(days=90)
"""Payments that are looked at where nobody says otherwise."""
LATEST = datetime(9999, 12, 30, tzinfo=UTC)
"""The last moment that is handled as a time; what would end later ends here."""
_RUN = timedelta(hours=1)
"""No run takes longer: what begins nearer to the usual look-back than this was not chosen otherwise."""


@dataclass(frozen=True)
class Terms:
    """What the app sells and what the operator chose; the same in doctor, explain, reconcile and repair.

    Attributes:
        since: sessions opened then (UTC) or later are looked at.
        usual: how long an access lasts that was paid for, by the app profile.
        chosen: how long instead, by the operator's word; None without one.
        from_now: what is written now begins now, not with the payment.
        include_unclear: also where Stripe does not show whether the payment was refunded.
        restore: ids of withdrawn accesses that are given back on purpose.
    """

    since: datetime
    usual: timedelta
    chosen: timedelta | None = None
    from_now: bool = False
    include_unclear: bool = False
    restore: tuple[str, ...] = ()

    @property
    def duration(self) -> timedelta:
        """How long an access lasts that was paid for."""
        return self.usual if self.chosen is None else self.chosen

    def sold_until(self, paid: datetime) -> datetime:
        """When the term ends that was bought at `paid` (UTC): from the payment, not from the opening."""
        return _after(paid, self.duration)

    def ends(self, paid: datetime, now: datetime) -> datetime:
        """When an access ends that is written at `now` for a payment at `paid` (both UTC)."""
        return _after(now, self.duration) if self.from_now else self.sold_until(paid)

    def words(self, now: datetime, *, from_now: bool = False) -> tuple[str, ...]:
        """The options by which another command of this tool has the same terms; `from_now`: it begins now.

        `now`: the moment of the run (UTC).
        """
        words: list[str] = []
        if abs(self.since - (now - LOOK_BACK)) > _RUN:
            words += ["--since", _moment(self.since)]
        return (*words, *self.duration_words(), *(("--from", "now") if from_now or self.from_now else ()))

    def duration_words(self) -> tuple[str, ...]:
        """The option by which an access lasts as long in another command; empty for what is usual."""
        return () if self.duration == self.usual else ("--access-duration", span_text(self.duration))


def usual(now: datetime, term: timedelta) -> Terms:
    """The terms of a run at `now` (UTC) in which nobody chose any; `term`: that of the app profile."""
    return Terms(since=now - LOOK_BACK, usual=term)


def _moment(since: datetime) -> str:
    """A moment as `--since` takes it: its day, where it is the beginning of one, else to the minute."""
    whole = (since.hour, since.minute) == (0, 0)
    return f"{since:%Y-%m-%d}" if whole else f"{since:%Y-%m-%dT%H:%MZ}"


def _after(moment: datetime, duration: timedelta) -> datetime:
    return LATEST if moment >= LATEST - duration else moment + duration
